"""The roles of the warehouse: who writes what. Nobody logs in as one; processes and people are members of them.

`sql/90_access.sql` says what each may do, dbt's `grants` who reads its tables. Roles belong to the whole server, so
a user who may not make them (a hosted Postgres) works on with rights of its own, and `aieco doctor` says so.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

    from aieco_assets.core.settings import Settings

LOADER, TRANSFORMER, READER, SERVICE = "aieco_loader", "aieco_transformer", "aieco_reader", "aieco_service"
ROLES = (LOADER, TRANSFORMER, READER, SERVICE)

# Roles of ours that exist and whether the user may act as them. Since 16 a member may have been denied just that.
_KNOWN = """
    select rolname, pg_has_role(oid, case when current_setting('server_version_num')::int < 160000
        then 'MEMBER' else 'SET' end)
    from pg_roles where rolname = any(%s) order by 1
"""
_MAY_MAKE = "select rolsuper or rolcreaterole from pg_roles where rolname = current_user"


def as_role(settings: Settings, role: str) -> Settings:
    """Settings whose `warehouse` is worked on as the role; unchanged where the user can't act as it."""
    return settings.acting_as(role) if can_act_as(settings, role) else settings


def can_act_as(settings: Settings, role: str) -> bool:
    """Whether a connection with the role opens and has it: where the role is missing it does not open, and a pooler
    refuses such a connection, or drops the role and says nothing."""
    import psycopg

    url = settings.acting_as(role).warehouse
    try:
        with psycopg.connect(url, connect_timeout=10, application_name="aieco") as connection:
            return connection.execute("select current_user").fetchone() == (role,)
    except psycopg.Error:
        return False


def ensure_roles(connection: psycopg.Connection[Any]) -> str:
    """Make the roles that are missing, and the user a member, as far as it may; returns a digest of what there is."""
    from psycopg import errors, sql

    known = _known(connection)
    ((may_make,),) = connection.execute(_MAY_MAKE).fetchall()
    statements = [sql.SQL("create role {} nologin").format(sql.Identifier(role)) for role in ROLES if role not in known]
    statements += [
        sql.SQL("grant {} to current_user").format(sql.Identifier(role)) for role in ROLES if not known.get(role)
    ]
    for statement in statements if may_make else []:
        try:
            with connection.transaction():
                connection.execute(statement)
        except (errors.DuplicateObject, errors.UniqueViolation, errors.InternalError_):
            continue  # the platform of another database on this server was quicker
        except errors.InsufficientPrivilege:
            continue
    return sha256(repr(sorted(_known(connection).items())).encode()).hexdigest()


def missing_access(settings: Settings) -> str:
    """The SQL by which an administrator gives this user the roles; empty when nothing is missing."""
    from aieco_assets.core.storage.postgres import connect

    with connect(settings.warehouse) as connection:
        known = _known(connection)
        ((user,),) = connection.execute("select quote_ident(current_user)").fetchall()
    create = [f"create role {role} nologin" for role in ROLES if role not in known]
    grant = [role for role in ROLES if not known.get(role)]
    return "; ".join([*create, *([f"grant {', '.join(grant)} to {user}"] if grant else [])])


def _known(connection: psycopg.Connection[Any]) -> dict[str, bool]:
    return dict(connection.execute(_KNOWN, (list(ROLES),)).fetchall())
