"""Any single change of the log is found, and so is any of an export: hypothesis looks for one that is not."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aieco_assets.core.governance.audit_chain import BEGINNING, AuditRow, Chain, Entry, linked
from aieco_assets.core.governance.audit_export import _header, _line, verify_file

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
ENTRIES = st.builds(
    Entry,
    actor=TEXTS,
    action=st.sampled_from(["asked", "read", "promoted", "erased"]),
    subject=TEXTS,
    detail=st.dictionaries(TEXTS, st.none() | st.integers() | st.floats() | TEXTS, max_size=2),
    event_id=st.none() | TEXTS,
)


def rows_of(entries: list[Entry]) -> list[AuditRow]:
    rows: list[AuditRow] = []
    for entry in entries:
        rows.append(linked(entry, "2026-11-27T12:00:00.000001+00:00", rows[-1].head if rows else BEGINNING))
    return rows


LOGS = st.lists(ENTRIES, min_size=2, max_size=6).map(rows_of)


def broken(rows: list[AuditRow], log: list[AuditRow]) -> str:
    """What is found of `rows` by who knows the head of `log`."""
    return Chain(anchor=log[-1].head).follow(rows).end().problem


@given(LOGS)
def test_a_log_as_it_was_written_is_whole(log: list[AuditRow]) -> None:
    assert broken(log, log) == ""


@given(LOGS, st.data())
def test_one_altered_value_is_found_in_its_row_or_the_next(log: list[AuditRow], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(log) - 1))
    name = data.draw(st.sampled_from(sorted(asdict(log[at]))))
    other: Any = data.draw(st.integers(-3, 99) if name == "sequence" else TEXTS)
    changed = replace(log[at], **{name: other})
    altered = [*log[:at], changed, *log[at + 1 :]]

    problem = broken(altered, log)

    assert bool(problem) == (altered != log)
    assert not problem or f"row {at + 1} " in problem or f"row {at + 2} " in problem


@given(LOGS, st.data())
def test_rows_that_are_deleted_exchanged_repeated_or_cut_off_are_found(
    log: list[AuditRow], data: st.DataObject
) -> None:
    one, other = sorted(data.draw(st.lists(st.integers(0, len(log) - 1), min_size=2, max_size=2, unique=True)))
    exchanged = [*log]
    exchanged[one], exchanged[other] = log[other], log[one]

    assert broken(log[:one] + log[one + 1 :], log)
    assert broken(exchanged, log)
    assert broken([*log[: one + 1], *log[one:]], log)
    assert broken(log[:one], log) == (
        f"row {one + 1} is missing: the log ends with row {one}, and row {len(log)} had been written"
    )


@given(LOGS, st.data())
def test_an_end_that_was_made_anew_is_found_by_who_knows_the_old_one(log: list[AuditRow], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(log) - 1))
    forged = log[:at]
    for row in log[at:]:
        entry = Entry("nobody", row.action, row.subject)
        forged.append(linked(entry, "2026-11-27T12:00:00.000001+00:00", forged[-1].head if forged else BEGINNING))

    assert Chain().follow(forged).end().problem == ""
    assert "made anew" in broken(forged, log)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(log=LOGS, data=st.data())
def test_one_changed_byte_or_line_of_an_export_is_found(
    tmp_path: Path, log: list[AuditRow], data: st.DataObject
) -> None:
    lines = [_header(BEGINNING, log[-1].head, log[-1].head), *map(_line, log)]
    whole = "".join(lines).encode()
    at = data.draw(st.integers(0, len(whole) - 1))
    line = data.draw(st.integers(0, len(lines) - 1))
    changes = {
        "byte": whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :],
        "inserted": whole[:at] + data.draw(st.sampled_from([b" ", b"\n", b"0", b"\\"])) + whole[at:],
        "cut off": whole[:at],
        "line gone": "".join(lines[:line] + lines[line + 1 :]).encode(),
        "line twice": "".join([*lines[: line + 1], *lines[line:]]).encode(),
    }
    changes = {name: content for name, content in changes.items() if content != whole}
    path = tmp_path / "export.jsonl"
    path.write_bytes(whole)
    assert verify_file(path).problem == ""

    for name, content in changes.items():
        path.write_bytes(content)
        assert verify_file(path).problem, name
