"""`aieco access`: puts access.yaml into force and says who reads how much by it; readers on the command line."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from aieco_assets.core.contracts import EVERYONE, USER, Reader
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.access import InForce, note_rules
from aieco_assets.core.governance.rights import FILE, checked_groups, governing_tags
from aieco_assets.core.knowledge.document_facts import listed
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.orchestrate.display import console

if TYPE_CHECKING:
    from aieco_assets.core.rag.pipeline import Answerer


def reader_as(groups: str | None) -> Reader | None:
    """The reader that `--as-groups A,B` names (an empty text: of no group), who is whoever works here or `user:NAME`
    among them; None without it: the operator.

    Raises AiecoError for a group that can't be one, and for two users.
    """
    if groups is None:
        return None
    names = [name.strip() for name in groups.split(",") if name.strip()]
    users = [name.removeprefix(USER) for name in names if name.startswith(USER)]
    if len(users) > 1:
        raise AiecoError(f"--as-groups names {len(users)} users: a reader is one of them.")
    checked_groups(users, "--as-groups")
    named = checked_groups([name for name in names if not name.startswith(USER)], "--as-groups")
    return Reader(users[0] if users else getpass.getuser(), named)


def readable_documents(settings: Settings, reader: Reader) -> list[dict[str, Any]]:
    """Those of `listed` that the reader may read by access.yaml as it is now."""
    with open_platform(settings) as opened:
        found, rules = listed(opened), note_rules(opened).rules
    if rules is None:
        return found
    own = {one["path"]: tuple(one.get("tags", ())) for one in found}
    return [one for one in found if rules.admits(one["path"], governing_tags(one["path"], own), reader.principals)]


def answerer_as(settings: Settings, answerer: Answerer, reader: Reader | None) -> Answerer:
    """The answerer over what the reader may read by access.yaml as it is now."""
    from aieco_assets.core.governance.access import Access
    from aieco_assets.core.governance.readers import answerer_for

    return answerer_for(answerer, reader, Access(settings))


def access_report(settings: Settings) -> dict[str, Any]:
    """Puts the rules into force: {"rules": whether there are any, "problems": [sentence], "documents": how many there
    are, "readers": {group, user:NAME or everyone: how many of them it reads}}."""
    with open_platform(settings) as opened:
        in_force, documents = note_rules(opened), listed(opened)
    return {
        "rules": in_force.rules is not None,
        "problems": list(in_force.problems),
        "documents": len(documents),
        "readers": _readers(in_force, documents),
    }


def _readers(in_force: InForce, documents: list[dict[str, Any]]) -> dict[str, int]:
    rules = in_force.rules
    if rules is None:
        return {EVERYONE: len(documents)}
    own = {one["path"]: tuple(one.get("tags", ())) for one in documents}
    tagged = [(path, governing_tags(path, own)) for path in own]
    return {
        name: sum(rules.admits(path, tags, frozenset({EVERYONE, name})) for path, tags in tagged)
        for name in [EVERYONE, *sorted(rules.named - {EVERYONE})]
    }


def print_access(report: dict[str, Any]) -> None:
    """A line per group. Raises AiecoError where something is wrong with the rules."""
    if not report["rules"]:
        console.print(f"There is no {FILE} at the root of the documents: everyone reads all {report['documents']}.")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("group")
    table.add_column(f"reads, of {report['documents']} documents", justify="right")
    for name, count in report["readers"].items():
        table.add_row(escape(name), f"{count:,}")
    console.print(table)
    if report["problems"]:
        raise AiecoError(" ".join(report["problems"]))
