"""What Word documents hold besides plain paragraphs: raised digits, formulas, drawings, imported and broken parts."""

from __future__ import annotations

import io
import zipfile

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsers import parse
from tests.core.knowledge.office import docx_of, packed, paragraph, run, table

DOCX = DOCUMENT_TYPES[".docx"]
_MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def text(data: bytes) -> str:
    return parse(data, DOCX).pages[0].text


def parts_of(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def related(data: bytes, relation: str, part: str, content: str) -> bytes:
    """With one more part, which the document refers to as r9."""
    parts = parts_of(data)
    name = "word/_rels/document.xml.rels"
    kind = f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{relation}"
    more = f'<Relationship Id="r9" Type="{kind}" Target="{part}"/></Relationships>'
    parts[name] = parts[name].replace("</Relationships>", more)
    return packed({**parts, f"word/{part}": content})


def cell(*paragraphs: str) -> str:
    return f"<w:tc><w:tcPr/>{''.join(paragraphs)}</w:tc>"


def test_raised_digits_are_no_part_of_the_number_before_them():
    up = '<w:vertAlign w:val="superscript"/>'
    body = paragraph("Within 30", run("6", up), " days, 10", run("-3", up), ", 1", run("st", up), ".")
    assert text(docx_of(body)) == "Within 30⁶ days, 10⁻³, 1st."


def test_formulas_keep_their_numbers_apart():
    def r(words: str) -> str:
        return f"<m:r><m:t>{words}</m:t></m:r>"

    fraction = f"<m:f><m:num>{r('12')}</m:num><m:den>{r('365')}</m:den></m:f>"
    power = f"<m:sSup><m:e>{r('10')}</m:e><m:sup>{r('3')}</m:sup></m:sSup>"
    body = paragraph("Rate: ", f"<m:oMath {_MATH}>{fraction}{power}{r('+n')}</m:oMath>")
    assert text(docx_of(body)) == "Rate: 12/365 10³+n"


def test_annotated_words_of_japanese_are_read_without_the_annotation():
    ruby = f"<w:ruby><w:rt>{run('かんじ')}</w:rt><w:rubyBase>{run('漢字')}</w:rubyBase></w:ruby>"
    assert text(docx_of(f"<w:p><w:r>{ruby}</w:r></w:p>")) == "漢字"


def test_a_row_of_words_in_a_heading_style_heads_a_table():
    rows = [[paragraph(word, style="H1") for word in ("Grade", "Leave")]]
    rows += [[paragraph(word) for word in row] for row in (("A", "25"), ("B", "28"))]
    body = "".join(f"<w:tr>{''.join(map(cell, row))}</w:tr>" for row in rows)
    assert text(docx_of(f"<w:tbl>{body}</w:tbl>")) == "Grade | Leave\nGrade: A | Leave: 25\nGrade: B | Leave: 28"


def test_a_table_inside_a_row_stays_in_its_row():
    inner = table(["Mon", "8-12"], ["Tue", "9-13"])
    rows = (
        [cell(paragraph(word)) for word in ("Site", "Hours", "Phone")],
        [cell(paragraph("Brno")), cell(inner, paragraph("")), cell(paragraph("555 1"))],
        [cell(paragraph("Cheb")), cell(paragraph("10-14")), cell(paragraph("555 2"))],
    )
    body = "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows)
    assert text(docx_of(f"<w:tbl>{body}</w:tbl>")).split("\n")[1:] == [
        "Site: Brno | Hours: Mon 8-12; Tue 9-13 | Phone: 555 1",
        "Site: Cheb | Hours: 10-14 | Phone: 555 2",
    ]


def test_charts_are_told_as_tables():
    chart = (
        '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart><c:plotArea>'
        "<c:ser><c:tx><c:v>Sales</c:v></c:tx><c:cat><c:strCache><c:pt idx='0'><c:v>May</c:v></c:pt></c:strCache>"
        "</c:cat><c:val><c:numCache><c:pt idx='0'><c:v>7</c:v></c:pt></c:numCache></c:val></c:ser>"
        "</c:plotArea></c:chart></c:chartSpace>"
    )
    drawn = (
        '<w:r><w:drawing><c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="r9"/>'
        "</w:drawing></w:r>"
    )
    data = related(docx_of(paragraph("Before.") + paragraph(drawn)), "chart", "charts/chart1.xml", chart)
    assert text(data) == "Before.\nSales\nMay | Sales: 7"


def test_a_document_that_was_put_in_whole_is_read_where_it_stands():
    body = paragraph("Before.") + '<w:altChunk r:id="r9"/>' + paragraph("After.")
    data = related(docx_of(body), "aFChunk", "chunk.htm", "<p>Imported: 77 days.</p>")
    assert text(data) == "Before.\nImported: 77 days.\nAfter."


def test_strict_open_xml_is_read():
    names = (
        ("schemas.openxmlformats.org/wordprocessingml/2006/main", "purl.oclc.org/ooxml/wordprocessingml/main"),
        ("schemas.openxmlformats.org/officeDocument/2006/", "purl.oclc.org/ooxml/officeDocument/"),
    )
    parts = parts_of(docx_of(paragraph("Within 14 days.")))
    for old, new in names:
        parts = {name: content.replace(old, new) for name, content in parts.items()}
    assert text(packed(parts)) == "Within 14 days."


def test_a_field_that_never_ends_hides_nothing():
    begun = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
    assert text(docx_of(paragraph("Page ", begun) + paragraph("Within 44 days."))) == "Page\nWithin 44 days."


def test_a_style_is_numbered_on_the_level_that_its_list_names():
    parts = parts_of(docx_of(paragraph("A", style="H1") + paragraph("B", style="H2") + paragraph("C", style="H2")))
    levels = (
        f'<w:lvl w:ilvl="{level}"><w:numFmt w:val="decimal"/><w:pStyle w:val="{style}"/>'
        f'<w:lvlText w:val="{shown}"/></w:lvl>'
        for level, style, shown in ((0, "H1", "%1"), (1, "H2", "%1.%2"))
    )
    listed = f'<w:abstractNum w:abstractNumId="9">{"".join(levels)}</w:abstractNum>'
    listed += '<w:num w:numId="9"><w:abstractNumId w:val="9"/></w:num></w:numbering>'
    parts["word/numbering.xml"] = parts["word/numbering.xml"].replace("</w:numbering>", listed)
    numbered = '<w:pPr><w:numPr><w:numId w:val="9"/></w:numPr></w:pPr>'
    second = f'<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/>{numbered}</w:style></w:styles>'
    first = '<w:name w:val="heading 1"/>'
    styles = parts["word/styles.xml"].replace(first, first + numbered).replace("</w:styles>", second)
    assert text(packed({**parts, "word/styles.xml": styles})).split() == ["1", "A", "1.1", "B", "1.2", "C"]
