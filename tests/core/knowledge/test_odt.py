"""OpenDocument texts as LibreOffice writes them."""

from __future__ import annotations

import pytest

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsed import UnreadableDocument
from aieco_assets.core.knowledge.parsers import parse
from tests.core.knowledge.office import odt_of, packed

ODT = DOCUMENT_TYPES[".odt"]
_STYLES = (
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-suffix="."'
    ' style:num-format="1"/><text:list-level-style-number text:level="2" style:num-suffix=")" style:num-format="a"'
    ' text:display-levels="2"/></text:list-style><style:style style:name="Up"><style:text-properties'
    ' style:text-position="super 58%"/></style:style><style:style style:name="B"><style:text-properties'
    ' fo:font-weight="bold"/></style:style>'
)


def text(body: str) -> str:
    return parse(odt_of(body, _STYLES), ODT).pages[0].text


def listed(*items: str, more: str = "") -> str:
    inner = "".join(f"<text:list-item>{item}</text:list-item>" for item in items)
    return f'<text:list text:style-name="L" {more}>{inner}</text:list>'


def p(words: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{words}</text:p>'


def test_numbers_of_lists_have_their_levels_and_go_on_where_they_do_in_the_document():
    inner = f"<text:list><text:list-item>{p('A')}</text:list-item><text:list-item>{p('B')}</text:list-item></text:list>"
    body = (
        listed(p("One") + inner, more='xml:id="l1"') + p("Between") + listed(p("Two"), more='text:continue-list="l1"')
    )
    deeper = f"<text:list><text:list-item>{p('C')}</text:list-item></text:list>"
    body += listed(deeper, p("Three"), more='text:continue-numbering="true"') + listed(p("New"))
    assert text(body) == "1. One\n1.a) A\n1.b) B\nBetween\n2. Two\n2.a) C\n3. Three\n1. New"


def test_raised_digits_are_no_part_of_the_number_before_them():
    assert text(p('Within 30<text:span text:style-name="Up">6</text:span> days.')) == "Within 30⁶ days."


def test_scripts_are_no_text_and_lists_of_figures_are():
    figures = f"<text:illustration-index><text:index-body>{p('Figure 1')}</text:index-body></text:illustration-index>"
    assert text(p("Costs <text:script>alert(1)</text:script>9.") + figures) == "Costs 9.\nFigure 1"


def test_a_bold_row_heads_a_table():
    rows = (
        [p("Name", "B"), p('<text:span text:style-name="B">Fee</text:span>')],
        [p("Basic"), p("free")],
        [p("Pro"), p("asked")],
    )
    cells = ("".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in row) for row in rows)
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    told = text(f"<table:table>{body}</table:table>").split("\n")
    assert told[1:] == ["Name: Basic | Fee: free", "Name: Pro | Fee: asked"]


def test_spans_that_are_no_numbers_break_nothing():
    cell = f'<table:table-cell table:number-columns-spanned="x">{p("A")}</table:table-cell>'
    row = f"<table:table-row>{cell}{cell}</table:table-row>"
    assert text(f"<table:table>{row}{row}</table:table>") == "A | A\nA | A"


def test_an_encrypted_text_says_so():
    manifest = '<m:manifest xmlns:m="urn:x"><m:encryption-data/></m:manifest>'
    with pytest.raises(UnreadableDocument, match="it is encrypted"):
        parse(packed({"content.xml": "\x01\x02", "META-INF/manifest.xml": manifest}), ODT)
