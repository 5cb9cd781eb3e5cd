"""Markdown is read as GitHub renders it."""

from __future__ import annotations

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsed import ParsedDocument
from aieco_assets.core.knowledge.parsers import parse


def read(source: str) -> ParsedDocument:
    return parse(source.encode(), DOCUMENT_TYPES[".md"])


def test_front_matter_is_title_facts_and_text():
    document = read("---\ntitle: Backups\nlast_reviewed: 2026-03-02\ntags: [a, b]\nslug: x\n---\nKept for 45 days.\n")
    assert document.title == "Backups"
    assert (document.facts.dated, document.facts.tags) == ("2026-03-02", ("a", "b"))
    assert document.pages[0].text == "Backups\nLast reviewed: 2026-03-02\nTags: a, b\nKept for 45 days."


def test_front_matter_that_is_no_yaml_is_read_line_by_line():
    assert read("---\nowner: Ops (on-call: Ada)\n---\nText.").pages[0].text == "Owner: Ops (on-call: Ada)\nText."


def test_tags_are_a_list_or_stand_between_commas_each_once():
    assert read("---\nkeywords: Travel; Hotels, travel\ncategory: HR\n---\nText.").facts.tags == (
        *("travel", "hotels", "hr"),
    )


def test_struck_out_text_and_comments_are_no_text_and_notes_stand_at_their_mark():
    text = read("Kept for ~~30~~ 45 days.[^1] Then gone.\n\n<!-- ask -->\n\n[^1]: By law.").pages[0].text
    assert text == "Kept for 45 days.¹ Then gone.\n¹ By law."


def test_code_and_the_bars_inside_of_cells_are_kept():
    text = (
        read("1. Run:\n\n   ```sh\n   # all\n   go --jobs 6\n   ```\n\n| A | B | C |\n|-|-|-|\n| x | y \\| z | 3 |")
        .pages[0]
        .text
    )
    assert text.split("\n") == ["1. Run:", "# all", "go --jobs 6", "A | B | C", "A: x | B: y | z | C: 3"]


def test_alerts_and_ticked_boxes_are_told():
    text = read("> [!WARNING]\n> Stop first.\n\n- [x] Done\n- [ ] Open").pages[0].text
    assert text.split("\n") == ["Warning", "Stop first.", "• ☑ Done", "• ☐ Open"]


def test_front_matter_whose_aliases_repeat_more_than_memory_holds_is_read_line_by_line():
    aliases = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    document = read(f"---\na0: &a0 [x]\n{aliases}tags: [*a11]\n---\n# Leave\n\nSick leave is paid.\n")
    assert document.pages[0].text.endswith("Tags: [*a11]\n\nLeave\nSick leave is paid.")


def test_front_matter_of_every_form_is_told():
    nested = read("---\ntitle: N\nreview:\n  owner: Ada\n  every: 6 months\n---\nBody.")
    assert nested.pages[0].text == "N\nReview / owner: Ada\nReview / every: 6 months\nBody."
    assert read('{\n "title": "J",\n "owner": "Ada"\n}\n\nBody.').pages[0].text == "J\nOwner: Ada\nBody."


def test_a_title_that_stands_in_the_front_matter_and_over_the_text_is_told_once():
    assert read("---\ntitle: Leave\nowner: Ada\n---\n# Leave\n\nBody.").pages[0].text == "Leave\nOwner: Ada\nBody."


def test_deep_lists_lose_nothing():
    source = "".join(f"{'  ' * depth}- level {depth}\n" for depth in range(30))
    assert read(source).pages[0].text.endswith("• level 29")
