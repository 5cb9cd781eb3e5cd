"""`aieco user`: the local file of those who may log in. A password comes from a prompt or stdin, never as an argument,
which every process of the machine can read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated

import typer

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings, get_settings

if TYPE_CHECKING:
    from aieco_assets.core.governance.login.tokens import Tokens
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

    from aieco_assets.orchestrate.display import console

    table = Table("name", "role", "groups", box=None, header_style="bold")
    for user in _users().all().values():
        table.add_row(user.name, user.role, ", ".join(user.groups))
    console.print(table)


@app.command()
def remove(name: Name) -> None:
    """Take somebody out; their sessions and tokens end with their next request."""
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
    """Another password, asked for or the first line of stdin; sessions and tokens of the old one end."""
    new = _password()
    with _changing(name, "user_changed", {"password": "another one"}) as users:
        users.set_password(name, new)
    print(f"{name} has another password.")


@app.command(epilog="Example: [bold]export MLFLOW_TRACKING_TOKEN=$(aieco user token anna --label nightly)[/]")
def token(
    name: Name,
    days: Annotated[int, typer.Option(help="After so many it is over.")] = 30,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """A new token, by which a program acts as this user (`Authorization: Bearer …`). It is shown only now."""
    detail: dict[str, object] = {"days": days}
    with _changing(name, "token_added", detail) as users:
        given, made = _tokens(users).make(name, days, label)
        detail["token"] = made.id
    print(given)
    print(f"{name}'s until {_day(made.ends)}; `aieco user revoke {made.id}` ends it.", file=sys.stderr)


@app.command("tokens")
def show_tokens(name: Annotated[str | None, typer.Argument(help="Of this user alone.")] = None) -> None:
    """The tokens that count; what they are themselves nobody can show."""
    from rich.markup import escape
    from rich.table import Table

    from aieco_assets.orchestrate.display import console

    users = _users()
    wanted = users.known(name).name if name else None
    table = Table("id", "user", "label", "made", "until", box=None, header_style="bold")
    for one in _tokens(users).all():
        if wanted in (None, one.user):
            table.add_row(one.id, one.user, escape(one.label), _day(one.made), _day(one.ends))
    console.print(table)


@app.command(epilog="Example: [bold]aieco user revoke 3f9a0c51d2e8[/]")
def revoke(identity: Annotated[str, typer.Argument(metavar="ID", help="As `aieco user tokens` shows it.")]) -> None:
    """End a token, with the next request that brings it."""
    found = _tokens(_users()).known(identity)
    with _changing(found.user, "token_revoked", {"token": found.id}) as users:
        _tokens(users).revoke(found.id)
    print(f"The token {found.id} of {found.user} is over.")


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


def _users() -> Users:
    from aieco_assets.core.governance.login.users import Users, users_file

    return Users(users_file(get_settings()))


def _tokens(users: Users) -> Tokens:
    from aieco_assets.core.governance.login.tokens import Tokens, tokens_file

    return Tokens(tokens_file(get_settings()), users)


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).date().isoformat()


def _split(groups: str | None) -> list[str] | None:
    return None if groups is None else [one for one in groups.split("+") if one]


def _password() -> str:
    if sys.stdin.isatty():
        return typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return sys.stdin.readline().rstrip("\r\n")
