"""Tables beside the transactions that say more of their items or customers: joined by an id that names one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aieco_assets.core.retail.proposal.names import name_score
from aieco_assets.core.retail.proposal.profile import Profile, profile
from aieco_assets.core.retail.proposal.samples import kind_of
from aieco_assets.core.retail.proposal.tables import Found
from aieco_assets.core.retail.proposal.vocabulary import countries
from aieco_assets.core.retail.proposal.words import concepts

_COVERED = 0.6  # of the lines' values that the table must know, in a sample of it
_WANTED = {"item": ("description", "category"), "customer": ("country",)}


def joins(
    found: Profile, columns: Mapping[str, Any], others: Sequence[Found]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """`tables` of shop.yaml, and the reason for each file that is joined."""
    tables: list[dict[str, Any]] = []
    reasons: dict[str, str] = {}
    for role, wanted in _WANTED.items():
        ours = columns.get(role)
        missing = [one for one in wanted if one not in columns]
        if not isinstance(ours, str) or not missing:
            continue
        values = {_code(value) for value in found[ours].values}
        for other in others:
            key = _key(other, values)
            if not key:
                continue
            told = _told(other, key, missing)
            if told:
                file = kind_of(other.paths[0]).replace("#", "*") if len(other.paths) > 1 else other.paths[0]
                tables.append({"file": file, "join": {ours: key}, "columns": told})
                reasons[file] = f"{key} names one row each and has the values of {ours}"
                missing = [one for one in missing if one not in told]
    return tables, reasons


def _code(value: str) -> str:
    return value.removesuffix(".0")


def _key(other: Found, values: set[str]) -> str | None:
    """The column of a table that names one row each and knows the values."""
    best, share = None, 0.0
    for name in other.names:
        texts = other.frame[name].drop_nulls()
        if not len(texts) or texts.n_unique() < 0.995 * other.frame.height:
            continue
        known = {_code(value.strip()) for value in texts.to_list()}
        covered = len(values & known) / max(1, len(values))
        # Of a long table only a part was read: then most of what was read need not be sold.
        if covered > share:
            best, share = name, covered
    return best if share >= _COVERED else None


def _told(other: Found, key: str, wanted: Sequence[str]) -> dict[str, str]:
    rest = profile(other.frame.drop(key))
    told: dict[str, str] = {}
    if "description" in wanted:
        scored = {
            name: name_score("description", name)
            + 2 * column.worded
            + min(1.0, column.distinct / max(1, rest.rows) * 2)
            for name, column in rest.columns.items()
            if not column.is_number and not column.is_date and column.length > 3
        }
        if scored and max(scored.values()) >= 2.5:
            told["description"] = max(scored, key=scored.__getitem__)
    if "category" in wanted:
        scored = {
            name: name_score("category", name)
            + (1.0 if 3 <= column.distinct <= 60 else 0.0)
            - (3.0 if concepts(name) & {"brand", "supplier"} else 0.0)
            for name, column in rest.columns.items()
            if not column.is_number
            and not column.is_date
            and 2 <= column.distinct <= max(60, rest.rows // 4)
            and name not in told.values()
        }
        if scored and max(scored.values()) >= 4:
            told["category"] = max(scored, key=scored.__getitem__)
    if "country" in wanted:
        named = [
            name for name, column in rest.columns.items() if not column.is_number and countries(column.values) > 0.7
        ]
        if named:
            told["country"] = max(named, key=lambda name: name_score("country", name))
    return told
