"""The page of commands, from the `aieco` command itself."""

from __future__ import annotations

import re
from typing import Any

from markdown_table import WRITTEN, cell, table


def commands_page() -> str:
    """Every command with its arguments and options, as `--help` has them."""
    import typer

    from aieco_assets.cli import app

    group: Any = typer.main.get_command(app)
    parts = [f"# Commands\n\n{_plain(group.help)}\n\n`aieco COMMAND --help` says the same.\n{WRITTEN}"]
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            parts.append(f"## aieco {name}\n\n{_plain(command.help)}\n")
            parts += [_command(f"aieco {name} {below}", one, "###") for below, one in command.commands.items()]
        else:
            parts.append(_command(f"aieco {name}", command, "##"))
    return "\n".join(parts)


def _command(name: str, command: Any, head: str) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument" and not one.hidden]
    options = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    rows: list[tuple[str, ...]] = [(f"`{_argument(one)}`", cell(_plain(one.help or "")), "") for one in arguments]
    for one in options:
        spelled = ", ".join([*one.opts, *one.secondary_opts])
        shown = one.default if not one.is_flag and one.default not in (None, "", []) else ""
        rows.append((f"`{spelled}`", cell(_plain(one.help or "")), f"`{shown}`" if shown != "" else ""))
    usage = " ".join([name, *("[OPTIONS]" for _ in options[:1]), *map(_argument, arguments)])
    if not any(default for _, _, default in rows):
        rows = [row[:2] for row in rows]
    head_of_table = ("argument or option", "means", "default")[: len(rows[0])] if rows else ()
    listed = f"\n{table(head_of_table, rows)}" if rows else ""
    after = f"\n{_plain(command.epilog)}\n" if command.epilog else ""
    return f"{head} {name}\n\n{_plain(command.help)}\n\n```text\n{usage}\n```\n{listed}{after}"


def _argument(one: Any) -> str:
    name = (one.metavar or one.name).upper() + ("…" if one.nargs == -1 else "")
    return name if one.required else f"[{name}]"


def _plain(text: str | None) -> str:
    """Rich's markup as Markdown: what is bold there is a command."""
    lines = [line.strip() for line in (text or "").splitlines()]
    text = re.sub(r"\[bold\](.*?)\[/(?:bold)?\]", lambda found: f"`{found.group(1)}`", "\n".join(lines))
    return text.replace("\\[", "[").replace("<", "&lt;") if "`" not in text else text.replace("\\[", "[")
