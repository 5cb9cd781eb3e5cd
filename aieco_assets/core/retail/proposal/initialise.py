"""`aieco init`: a source of transactions -> the mapping that it seems to have, with what it would make of some rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.proposal.kinds import kinds_of
from aieco_assets.core.retail.proposal.preview import Preview
from aieco_assets.core.retail.proposal.profile import profile
from aieco_assets.core.retail.proposal.propose import propose
from aieco_assets.core.retail.proposal.readings import Proposal, Question
from aieco_assets.core.retail.proposal.samples import Source, kind_of, look_at
from aieco_assets.core.retail.proposal.side_tables import joins
from aieco_assets.core.retail.proposal.tables import Found, tables_of
from aieco_assets.core.retail.proposal.values import EPOCH, MIXED
from aieco_assets.core.retail.proposal.writing import how_written
from aieco_assets.core.retail.shop.formats import ISO
from aieco_assets.core.retail.shop.layouts import LAYOUTS, known_layout
from aieco_assets.core.retail.shop.mapping import Shop

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings

_TOLD = {"time": "time", "item": "item", "amount": "price or amount"}


@dataclass
class Looked:
    """What `aieco init` has found. `known`: name of the layout by which it is read without a mapping, else empty.

    `shop`: None while `questions` are open. `reasons`: entry of shop.yaml -> why. `files`: what each is.
    """

    source: Source
    shop: Shop | None
    reasons: dict[str, str]
    questions: list[Question]
    files: list[str]
    known: str = ""
    columns: dict[str, Any] = field(default_factory=dict)


class Initialiser:
    """Looks at a source once, and then proposes as often as a person answers."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.source = look_at(url, settings)
        self.tables, self.unreadable = tables_of(self.source.samples)
        if not self.tables:
            path, reason = next(iter(self.unreadable.items()))
            raise AiecoError(f"{path} cannot be read: {reason}{'' if reason.endswith('?') else '.'}")
        self._lines: Found | None = None

    def propose(self, given: Mapping[str, str] | None = None) -> Looked:
        """The mapping, or what has to be asked first. `given`: answers, entry -> value.

        Raises AiecoError when nothing in the source looks like transactions, naming what is missing.
        """
        given = given or {}
        for table in self.tables:
            layout = known_layout(table.names)
            if layout is not None:
                self._lines = table
                return self._known(table, layout, given)
        lines, proposal = self._transactions(given)
        others = [table for table in self.tables if table is not lines]
        columns = proposal.columns
        entries, reasons, more = kinds_of(proposal.profile, columns, given)
        tables, joined = joins(proposal.profile, columns, others)
        reasons = {**{f"columns.{role}": why for role, why in proposal.reasons.items()}, **reasons, **joined}
        questions = [*proposal.questions, *more]
        files = [self._told(one, lines, joined) for one in self.tables]
        files += [f"{path}: cannot be read ({reason})" for path, reason in self.unreadable.items()]
        if questions:
            return Looked(self.source, None, reasons, questions, files, columns=columns)
        written = _only_what_files_leave_open(proposal.written, lines)
        data = {
            **entries,
            **self._places(lines, others, joined),
            "columns": columns,
            "fill_down": proposal.fill_down,
            "written": written,
            "tables": tables,
        }
        try:
            shop = Shop(**{name: value for name, value in data.items() if value})
        except ValidationError as error:
            raise AiecoError(
                f"the columns of {self.source.name} do not fit together: {error.errors()[0]['msg']}."
            ) from None
        return Looked(self.source, shop, reasons, [], files, columns=columns)

    def _known(self, table: Found, layout: Shop, given: Mapping[str, str]) -> Looked:
        """The mapping of a known layout, with what its files leave open about dates and numbers."""
        found = profile(table.frame.select(table.names), given.get("written.decimal", ""))
        named = layout.columns.named()
        columns = {role: names[0] for role, names in named.items() if names[0] in found.columns and role != "discounts"}
        written, questions = how_written(found, columns, given)
        written = _only_what_files_leave_open(written, table)
        if written.get("decimal") == "." and "written.decimal" not in given:
            written.pop("decimal")
        needs = "" if written.get("date_format") else ", which needs no shop.yaml"
        reasons = {"layout": f"its columns are those of {layout.layout}{needs}"}
        if written.get("date_format"):
            reasons["written"] = "the day and the month of a single date could be exchanged"
        files = [self._told(one, table, {}) for one in self.tables]
        shop = _writable(layout).model_copy(update={"written": layout.written.model_copy(update=written)})
        known = layout.layout if needs else ""
        return Looked(self.source, None if questions else shop, reasons, questions, files, known, dict(named))

    def _transactions(self, given: Mapping[str, str]) -> tuple[Found, Proposal]:
        """The table of lines: of those that have all that a shop must have, the one that fits best."""
        if self._lines is not None:
            return self._lines, propose(self._lines.frame.select(self._lines.names), given)
        tried = [(propose(table.frame.select(table.names), given), table) for table in self.tables[:8]]
        fit = [(proposal, table) for proposal, table in tried if not proposal.missing]
        if not fit:
            proposal, table = min(tried, key=lambda pair: (len(pair[0].missing), -pair[1].frame.height))
            lacks = " and ".join(_TOLD[role] for role in proposal.missing)
            raise AiecoError(
                f"{table.paths[0]} of {self.source.name} is not told as transactions: no column is its {lacks}"
                f" (it has {', '.join(table.names)[:200]}){self._more()}: write shop.yaml by"
                " hand, docs/shop.md has every entry."
            )
        proposal, self._lines = max(fit, key=lambda pair: pair[0].score + min(8.0, pair[1].frame.height / 500))
        return self._lines, proposal

    def _more(self) -> str:
        return "".join(f"; {path} cannot be read ({reason})" for path, reason in [*self.unreadable.items()][:1])

    def _told(self, table: Found, lines: Found, joined: Mapping[str, str]) -> str:
        more = f" and {len(table.paths) - 1} more like it" if len(table.paths) > 1 else ""
        sheets = f" ({', '.join(table.sheets)})" if table.sheets else ""
        what = "transactions" if table is lines else "no transactions"
        for pattern, why in joined.items():
            if table is not lines and fnmatchcase(table.paths[0], pattern):
                what = f"joined: {why}"
        return f"{table.paths[0]}{sheets}{more}: {what}, {len(table.names)} columns"

    def _places(self, lines: Found, others: list[Found], joined: Mapping[str, str]) -> dict[str, Any]:
        """`files`, `sheets` and `rows`, where the default (all that fit) would take too much."""
        places: dict[str, Any] = {}
        strangers = [path for other in others for path in other.paths if path not in lines.paths]
        strangers = [path for path in strangers if not any(fnmatchcase(path, pattern) for pattern in joined)]
        if strangers or self.unreadable:
            places["files"] = tuple(sorted({kind_of(path).replace("#", "*") for path in lines.paths}))
        if lines.sheets and any(other.paths == lines.paths for other in others):
            places["sheets"] = tuple(lines.sheets)
        if lines.rows:
            places["rows"] = lines.rows
        return places

    def preview(self, shop: Shop) -> Preview:
        """What some files of the sample would be loaded as. Raises AiecoError when a table can't be joined."""
        from datetime import date

        from aieco_assets.core.retail.lines.lookups import Lookup, read_lookup
        from aieco_assets.core.retail.reading_rules import Rules
        from aieco_assets.core.retail.records import UnreadableFile
        from aieco_assets.core.retail.rows import parse_file
        from aieco_assets.core.retail.source import last_day

        lookups: list[Lookup] = []
        for table in shop.tables:
            for sample in self.source.samples:
                if fnmatchcase(sample.path.lower(), table.file.lower()):
                    try:
                        lookups.append(
                            read_lookup(sample.data, sample.path, table, shop.written, sha256(sample.data).hexdigest())
                        )
                    except UnreadableFile as error:
                        raise AiecoError(f"{sample.path} cannot be joined: {error}.") from None
        rules = Rules(date(1970, 1, 1), last_day(), shop, lookups)
        shown = Preview()
        paths = {path for table in self.tables if table is (self._lines or self.tables[0]) for path in table.paths}
        for sample in [sample for sample in self.source.samples if sample.path in paths][:6]:
            try:
                shown.add(sample.path, parse_file(sample.data, sample.path, rules))
            except UnreadableFile as error:
                shown.refused[sample.path] = str(error)
        return shown


def _only_what_files_leave_open(told: Mapping[str, Any], lines: Found) -> dict[str, Any]:
    """Only what a single file could not tell: other files of the shop may be written in another way."""
    written = dict(told)
    if written.get("date_format") in (ISO, MIXED, EPOCH) or "." in written.get("date_format", "").split(" ")[0]:
        written.pop("date_format")
    if written.get("decimal") == "." and lines.typed:
        written.pop("decimal")
    return written


def _writable(layout: Shop) -> Shop:
    """The mapping of a known layout as it stands in a file; its joined tables are those that the layout knows."""
    tables = next((one.tables for one in LAYOUTS if one.name == layout.layout), ())
    return layout.model_copy(
        update={"tables": tables or layout.tables, "currency": layout.currency or layout.default_currency or None}
    )
