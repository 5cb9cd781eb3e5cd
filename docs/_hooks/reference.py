"""The pages of the reference, each written from the code that it is about."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

WRITTEN = "\n*Written from the code when this site was built.*\n"


def settings_page() -> str:
    """Every field of Settings: variable, kind, default, meaning."""
    from aieco_assets.core.settings import Settings

    rows = []
    for name, field in Settings.model_fields.items():
        aliases = getattr(field.validation_alias, "choices", None)
        variable = aliases[0] if aliases else f"AIECO_{name.upper()}"
        limits = _limits(field.metadata)
        meaning = " ".join(part for part in (field.description or _NO_TEXT.get(name, ""), limits) if part)
        rows.append((f"`{variable}`", _cell(meaning), _kind(field.annotation), _default(field.default)))
    head = (
        "# Settings\n\nVariables of the environment, or lines of `.env` in the folder where a command is called; an empty"
        " one is an unset one. A value that is not valid ends every command with a sentence that names it.\n"
    )
    return f"{head}{WRITTEN}\n{table(('variable', 'means', 'kind', 'default'), rows)}"


# What the name says already.
_NO_TEXT = {
    "mlflow_tracking_uri": "MLflow's server or store; empty: in Postgres.",
    "n_threads": "Threads of the language model.",
    "dagster_port": "Of Dagster's pages.",
    "mlflow_port": "Of MLflow.",
    "service_port": "Of the service.",
    "dashboard_port": "Of the dashboard, and of this site.",
}


def _limits(metadata: list[Any]) -> str:
    found = {name: value for one in metadata for name in ("ge", "gt", "le", "lt") if (value := _value(one, name)) != ""}
    low = found.get("ge", found.get("gt", ""))
    above = "above " if "gt" in found else ""
    if low == "" and "le" not in found:
        return ""
    return f"({above}{low} to {found['le']})" if "le" in found else f"({above or 'from '}{low})"


def _value(one: Any, name: str) -> Any:
    value = getattr(one, name, None)
    return "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _kind(annotation: Any) -> str:
    if getattr(annotation, "__args__", None) and "Literal" in str(annotation):
        return " or ".join(f"`{value}`" for value in annotation.__args__)
    names = {SecretStr: "secret", int: "number", float: "number", str: "text"}
    plain = [one for one in getattr(annotation, "__args__", (annotation,)) if one is not type(None)]
    return names.get(plain[0], plain[0].__name__.lower())


def _default(value: Any) -> str:
    if value is PydanticUndefined or value is None or (isinstance(value, SecretStr) and not value.get_secret_value()):
        return ""
    return f"`{value}`" if str(value) else ""


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
    rows = [(f"`{_argument(one)}`", _cell(_plain(one.help or "")), "") for one in arguments]
    for one in options:
        spelled = ", ".join([*one.opts, *one.secondary_opts])
        shown = one.default if not one.is_flag and one.default not in (None, "", []) else ""
        rows.append((f"`{spelled}`", _cell(_plain(one.help or "")), f"`{shown}`" if shown != "" else ""))
    usage = " ".join([name, *("[OPTIONS]" for _ in options[:1]), *map(_argument, arguments)])
    listed = f"\n{table(('argument or option', 'means', 'default'), rows)}" if rows else ""
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


def http_page() -> str:
    """The routes of the service, from its OpenAPI document."""
    document = json.loads(openapi_text())
    parts = [
        f"# HTTP\n\n{document['info']['summary']} Keys: `Authorization: Bearer …` ([security](../security.md)). The whole"
        f" document, with every schema, is [openapi.json](openapi.json) and `/openapi.json` of a running service.\n{WRITTEN}"
    ]
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            parts.append(_route(method.upper(), path, route, schemas))
    return "\n".join(parts)


def _route(method: str, path: str, route: dict[str, Any], schemas: dict[str, Any]) -> str:
    rows = [
        (f"`{one['name']}`", one["in"], _cell(one.get("description", "")), "yes" if one.get("required") else "")
        for one in route.get("parameters", [])
    ]
    for media in route.get("requestBody", {}).get("content", {}).values():
        schema = schemas.get(media["schema"].get("$ref", "").rsplit("/", 1)[-1], media["schema"])
        needed = schema.get("required", [])
        rows += [
            (f"`{name}`", "body", _cell(_meaning(field)), "yes" if name in needed else "")
            for name, field in schema.get("properties", {}).items()
        ]
    answers = ", ".join(f"{code} {one.get('description', '')}".strip() for code, one in route["responses"].items())
    said = (route.get("description") or route.get("summary") or "").strip()
    fields = f"\n{table(('field', 'in', 'means', 'needed'), rows)}" if rows else ""
    return f"## {method} {path}\n\n{_html(said)}\n{fields}\nAnswers: {_html(answers)}.\n"


def _meaning(field: dict[str, Any]) -> str:
    examples = field.get("examples") or []
    shown = f"Example: `{json.dumps(examples[0], ensure_ascii=False)}`." if examples else ""
    return " ".join(part for part in (field.get("description", ""), shown) if part) or field.get("title", "")


def openapi_text() -> str:
    """The OpenAPI document of the service; nothing is opened for it."""
    import tempfile
    from pathlib import Path

    from aieco_assets.core.settings import Settings
    from bento.app import create_app
    from bento.backend import Backend

    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), _env_file=None)  # type: ignore[call-arg]
        return json.dumps(create_app(Backend(settings)).openapi(), indent=1, ensure_ascii=False) + "\n"


def metrics_page() -> str:
    """The governed metrics of the catalogue."""
    from aieco_assets.core.metrics.catalog import listed

    metrics = listed()
    rows = [(f"`{one['name']}`", _cell(one["definition"]), one["unit"], _cell(one["example"])) for one in metrics]
    parts = [
        "# Metrics\n\nThe numbers that `aieco ask` and the service read from the warehouse; `aieco metrics` prints them,"
        f" with SQL. How a question is taken for one of them: [the decisions](../decisions/answers.md).\n{WRITTEN}",
        table(("metric", "is", "unit", "a question"), rows),
        "## Limits and groups\n",
    ]
    for what in ("filters", "groupings"):
        every = sorted({name for one in metrics for name in one.get(what, ())})
        if every:
            parts.append(f"{what.capitalize()}: {', '.join(f'`{name}`' for name in every)}.\n")
    return "\n".join(parts)


def policies_page() -> str:
    """Every entry of a policy file, from its JSON schema."""
    from aieco_assets.core.policy.schema import json_schema

    schema = json_schema()
    parts = [
        "# Policy files\n\nEvery entry, from the [JSON schema](../policy.schema.json) that editors check a file by; what"
        f" policies do: [policies](../policies.md).\n{WRITTEN}"
    ]
    for name, part in {"The file": schema, **schema["$defs"]}.items():
        needed = part.get("required", [])
        rows = [
            (f"`{entry}`", _cell(_said(field)), _form(field), "yes" if entry in needed else "")
            for entry, field in part.get("properties", {}).items()
        ]
        if rows:
            said = part.get("description", "")
            parts.append(f"## {name}\n\n{said}\n\n{table(('entry', 'means', 'form', 'needed'), rows)}")
    return "\n".join(parts)


def _said(field: dict[str, Any]) -> str:
    default = field.get("default")
    return f"{field.get('description', '')}{'' if default in (None, [], {}) else f' Default: `{default}`.'}".strip()


def _form(field: dict[str, Any]) -> str:
    if names := field.get("enum"):
        return " or ".join(f"`{name}`" for name in names if name is not None)
    if reference := field.get("$ref"):
        name = reference.rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if ways := field.get("anyOf") or field.get("oneOf"):
        return " or ".join(dict.fromkeys(form for one in ways if one.get("type") != "null" and (form := _form(one))))
    if field.get("type") == "array":
        return f"list of {_form(field.get('items', {}))}"
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(
        field.get("type", ""), field.get("type", "")
    )


def signals_page() -> str:
    """The signals of the catalogue that policies decide on."""
    from aieco_assets.core.monitoring.signal_catalogue import catalogue_page

    return (
        "# Signals\n\nWhat `monitoring/signals` writes of each day; how they are measured and what they are compared with:"
        f" [signals](../signals.md).\n{WRITTEN}\n{catalogue_page()}"
    )


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return _html(" ".join(text.split())).replace("|", "\\|")


def _html(text: str) -> str:
    """Angle brackets outside of code are no tags."""
    return re.sub(r"(`[^`]*`)|<", lambda found: found.group(1) or "&lt;", text)
