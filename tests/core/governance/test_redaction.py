"""What names an erased customer or document goes; what only looks like it stays."""

from __future__ import annotations

import json
import re
from html import escape
from urllib.parse import quote, quote_plus

import pytest

from aieco_assets.core.governance.redaction import Traces


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("customer 17850 called", "customer [erased] called"),
        ("Key (customer_id)=(17850) exists; 17850.0 too.", "Key (customer_id)=([erased]) exists; [erased] too."),
        ("117850, 178501, 17850.25, 0.17850, A17850 and run ab12-17850-c", None),
    ],
)
def test_an_id_counts_where_it_stands_by_itself(text: str, left: str | None) -> None:
    assert Traces.of(["17850"]).redacted_text(text) == (left or text)


def test_numbers_of_json_stay_numbers_and_json_in_a_text_stays_json() -> None:
    event = {"rows": 17850, "said": "of 17850", "inner": json.dumps({"n": 17850, "who": "17850"}), "list": ["17850"]}

    left = Traces.of(["17850"]).redacted(event)

    assert (left["rows"], left["said"], left["list"]) == (17850, "of [erased]", ["[erased]"])
    assert json.loads(left["inner"]) == {"n": 17850, "who": "[erased]"}


def test_a_path_is_found_as_json_and_as_an_address_write_it() -> None:
    traces = Traces.of(["staff/Löhne 2026.md"])

    for text in (r"read staff/L\u00f6hne 2026.md now", "GET /files/staff/L%C3%B6hne%202026.md HTTP/1.1"):
        assert "2026.md" not in traces.redacted_text(text)


def test_a_path_that_another_one_ends_in_leaves_the_other_alone() -> None:
    assert Traces.of(["pay.md"], rooted=True).redacted_text("old/pay.md and pay.md") == "old/pay.md and [erased]"


def test_what_may_be_any_number_is_not_looked_for_and_said_to_be_so() -> None:
    traces = Traces.of(["12", "2011"])
    assert traces.redacted_text("12 cups in 2011") == "12 cups in 2011"
    assert traces.too_short == ("12", "2011")


def test_an_id_behind_a_line_break_or_a_blank_is_found_in_json_and_in_an_address() -> None:
    traces = Traces.of(["17850"])

    event = json.dumps({"message": "customers:\n17850\n\t17850"})
    assert json.loads(traces.redacted(event)) == {"message": "customers:\n[erased]\n\t[erased]"}
    assert traces.redacted_text(f"12:00 ERROR {event}").count("[erased]") == 2
    assert traces.redacted_text("GET /answer?question=customer%2017850 HTTP/1.1").count("[erased]") == 1


@pytest.mark.parametrize("path", ['staff/Löhne "alt" & neu.md', "O'Neil <x>.md", "a\\b 😀.md", "ü.md"])
def test_a_path_is_found_however_deep_it_is_quoted(path: str) -> None:
    traces = Traces.of([path])
    texts = [path, repr(path), quote(path), quote(path, safe=""), quote_plus(path), escape(path)]
    texts.append(re.sub("%..", lambda found: found[0].lower(), quote(path)))
    nested = path
    for _ in range(4):
        nested = json.dumps({"of": nested}, ensure_ascii=len(nested) % 2 == 0)
        texts.append(f"failed: {nested}")

    for text in texts:
        assert any(needle in text for needle in traces.needles), text
        assert "[erased]" in traces.redacted_text(f"read {text}"), text
