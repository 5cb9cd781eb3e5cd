"""`aieco user`: the local file of those who may log in. A password comes from a prompt or stdin, never as an argument,
which every process of the machine can read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings, get_settings

if TYPE_CHECKING:
    from aieco_assets.core.governance.login.users import Users

app = typer.Typer(no_args_is_help=True, help="Who may log in by the local file of users, and as what.")
Name = Annotated[str, typer.Argument(help="As they type it; it stands for them in the audit log.")]
Role = Annotated[str, typer.Option(help="viewer, analyst, operator, approver or admin.")]
Groups = Annotated[str | None, typer.Option(help="hr+board: whose documents they read where access.yaml says so.")]


def refuse_without_users(settings: Settings) -> None:
    """Before anything is started. Raises AiecoError where nobody could log in."""
    from aieco_assets.core.governance.login.users import Users, users_file

    if not settings.login_oidc_issuer and not Users(users_file(settings)).all():
        raise AiecoError(
            "Nobody could log in: `aieco user add NAME --role admin` first, or set AIECO_LOGIN_OIDC_ISSUER."
        )


@app.command(epilog="Example: [bold]aieco user add anna --role analyst --groups hr+board[/]")
def add(name: Name, role: Role = "viewer", groups: Groups = None) -> None:
    """A new user. The password is asked for, or is the first line of stdin."""
    password = _password()
    with _changing(name, "user_added", {"role": role, "groups": _split(groups) or []}) as users:
        users.add(name, password, role, _split(groups) or ())
    print(f"{name} may log in as {role}.")


@app.command("list")
def show() -> None:
    """Who may log in."""
    from rich.table import Table

    from aieco_assets.core.governance.login.users import Users, users_file
    from aieco_assets.orchestrate.display import console

    table = Table("name", "role", "groups", box=None, header_style="bold")
    for user in Users(users_file(get_settings())).all().values():
        table.add_row(user.name, user.role, ", ".join(user.groups))
    console.print(table)


@app.command()
def remove(name: Name) -> None:
    """Take somebody out; their sessions end with their next request."""
    with _changing(name, "user_removed") as users:
        users.remove(name)
    print(f"{name} may not log in any more.")


@app.command(epilog="Example: [bold]aieco user role anna approver --groups hr[/]")
def role(name: Name, role: Annotated[str, typer.Argument(help="The new one.")], groups: Groups = None) -> None:
    """Another role, and other groups where they are given; at once, also for who is logged in."""
    with _changing(name, "user_changed", {"role": role, "groups": _split(groups)}) as users:
        users.set_role(name, role, _split(groups))
    print(f"{name} is {role} now.")


@app.command()
def password(name: Name) -> None:
    """Another password, asked for or the first line of stdin; sessions of the old one end."""
    new = _password()
    with _changing(name, "user_changed", {"password": "another one"}) as users:
        users.set_password(name, new)
    print(f"{name} has another password.")


@contextmanager
def _changing(name: str, action: str, detail: dict[str, object] | None = None) -> Iterator[Users]:
    """The file, to be changed inside; then the audit log says who did it. Postgres is there before the file changes."""
    from aieco_assets.core.governance.audit import record
    from aieco_assets.core.governance.audit_chain import Entry
    from aieco_assets.core.governance.login.users import Users, users_file
    from aieco_assets.core.registry.promotion import person
    from aieco_assets.core.stack.platform import open_platform

    with open_platform(get_settings()) as settings:
        yield Users(users_file(settings))
        record(settings, Entry(person(), action, f"user:{name}", detail or {}))


def _split(groups: str | None) -> list[str] | None:
    return None if groups is None else [one for one in groups.split("+") if one]


def _password(ask: Callable[..., str] = typer.prompt) -> str:
    if sys.stdin.isatty():
        return ask("Password", hide_input=True, confirmation_prompt=True)
    return sys.stdin.readline().rstrip("\r\n")
