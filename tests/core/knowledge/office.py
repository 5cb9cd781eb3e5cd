"""Office files from literal XML, so that a test says exactly what is in them; and mails."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from html import escape

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{style}"><w:name w:val="{name}"/></w:style>'
    for style, name in (("Normal", "Normal"), ("H1", "heading 1"), ("T", "Title"))
)
_NUMBERING = (
    '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
    '<w:lvlText w:val="%1."/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/>'
    '<w:lvlText w:val="%1.%2)"/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0">'
    '<w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
)


def packed(parts: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def relations(**targets: str) -> str:
    """`r1="styles styles.xml"`: id, kind and target."""
    lines = []
    for name, told in targets.items():
        kind, target = told.split(" ")
        lines.append(f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>')
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(lines)}</Relationships>'


def run(text: str, look: str = "") -> str:
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(*runs: str, style: str = "", number: tuple[int, int] | None = None) -> str:
    """Runs are XML, or text. `number`: (list, level)."""
    inner = "".join(one if one.startswith("<") else run(one) for one in runs)
    styled = f'<w:pStyle w:val="{style}"/>' if style else ""
    listed = f'<w:numPr><w:ilvl w:val="{number[1]}"/><w:numId w:val="{number[0]}"/></w:numPr>' if number else ""
    return f"<w:p><w:pPr>{styled}{listed}</w:pPr>{inner}</w:p>"


def inserted(text: str) -> str:
    return f'<w:ins w:id="1" w:author="E">{run(text)}</w:ins>'


def deleted(text: str) -> str:
    return f'<w:del w:id="1" w:author="E"><w:r><w:delText>{escape(text)}</w:delText></w:r></w:del>'


def table(*rows: list[str]) -> str:
    """Cells are texts; `>text` spans two columns, `vtext` begins and `^` goes on with a cell over several rows."""
    lines = []
    for row in rows:
        cells = []
        for cell in row:
            wide, down = (
                cell.startswith(">"),
                "" if cell[:1] not in ("v", "^") else "restart" if cell[0] == "v" else "continue",
            )
            span = '<w:gridSpan w:val="2"/>' if wide else ""
            merge = f'<w:vMerge w:val="{down}"/>' if down else ""
            words = cell[1:] if wide or down else cell
            cells.append(f"<w:tc><w:tcPr>{span}{merge}</w:tcPr>{paragraph(words)}</w:tc>")
        lines.append(f"<w:tr>{''.join(cells)}</w:tr>")
    return f"<w:tbl>{''.join(lines)}</w:tbl>"


def note_mark(number: int) -> str:
    return f'<w:r><w:footnoteReference w:id="{number}"/></w:r>'


def docx_of(body: str, notes: dict[int, str] | None = None, header: str = "", footer: str = "") -> bytes:
    """A Word document with this body (XML)."""
    space = f'xmlns:w="{_W}" xmlns:r="{_OFFICE}"'
    told = "".join(f'<w:footnote w:id="{key}">{paragraph(text)}</w:footnote>' for key, text in (notes or {}).items())
    section = '<w:headerReference w:type="default" r:id="r4"/><w:footerReference w:type="default" r:id="r5"/>'
    return packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
            "_rels/.rels": relations(r1="officeDocument word/document.xml"),
            "word/_rels/document.xml.rels": relations(
                r1="styles styles.xml",
                r2="numbering numbering.xml",
                r3="footnotes footnotes.xml",
                r4="header header1.xml",
                r5="footer footer1.xml",
            ),
            "word/document.xml": f"<w:document {space}><w:body>{body}<w:sectPr>{section}</w:sectPr></w:body>"
            "</w:document>",
            "word/styles.xml": f"<w:styles {space}>{_STYLES}</w:styles>",
            "word/numbering.xml": f"<w:numbering {space}>{_NUMBERING}</w:numbering>",
            "word/footnotes.xml": f"<w:footnotes {space}>{told}</w:footnotes>",
            "word/header1.xml": f"<w:hdr {space}>{paragraph(header) if header else ''}</w:hdr>",
            "word/footer1.xml": f"<w:ftr {space}>{paragraph(footer) if footer else ''}</w:ftr>",
        }
    )


def slide(title: str, *lines: str, hidden: bool = False, more: str = "") -> tuple[str, bool]:
    """A slide with a title and a text shape of these lines; `more`: further shapes as XML."""
    shapes = _shape("title", [title]) + _shape("body", list(lines)) + more
    return shapes, hidden


def _shape(kind: str, lines: list[str]) -> str:
    told = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in lines)
    named = f'<p:nvSpPr><p:cNvPr id="1" name="{kind}"/><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
    return f"<p:sp>{named}<p:txBody>{told}</p:txBody></p:sp>"


def slide_table(*rows: list[str]) -> str:
    """A table of a slide, a shape as XML; its cells are written as those of `table`."""
    lines = []
    for place, row in enumerate(rows):
        cells = []
        for column, cell in enumerate(row):
            told = [below[column] for below in rows[place + 1 :] if column < len(below)]
            down = 1 + next((n for n, word in enumerate(told) if not word.startswith("^")), len(told))
            span = ' gridSpan="2"' if cell[0] == ">" else f' rowSpan="{down}"' if cell[0] == "v" else ""
            over = ' vMerge="1"' if cell[0] == "^" else ""
            words = cell[1:] if span or over else cell
            text = f"<a:txBody><a:p><a:r><a:t>{escape(words)}</a:t></a:r></a:p></a:txBody>"
            cells.append(f"<a:tc{span}{over}>{text}</a:tc>" + ('<a:tc hMerge="1"/>' if cell[0] == ">" else ""))
        lines.append(f"<a:tr>{''.join(cells)}</a:tr>")
    table = f'<a:tbl><a:tblPr firstRow="1"/>{"".join(lines)}</a:tbl>'
    return f"<p:graphicFrame><a:graphic><a:graphicData>{table}</a:graphicData></a:graphic></p:graphicFrame>"


def pptx_of(*slides: tuple[str, bool], notes: dict[int, str] | None = None) -> bytes:
    """`notes`: by the number of the slide, from 1."""
    space = f'xmlns:p="{_P}" xmlns:a="{_A}" xmlns:r="{_OFFICE}"'
    numbers = range(1, len(slides) + 1)
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="r{n}"/>' for n in numbers)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": relations(r1="officeDocument ppt/presentation.xml"),
        "ppt/presentation.xml": f"<p:presentation {space}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(**{f"r{n}": f"slide slides/slide{n}.xml" for n in numbers}),
    }
    for n, (shapes, hidden) in zip(numbers, slides, strict=True):
        show = ' show="0"' if hidden else ""
        parts[f"ppt/slides/slide{n}.xml"] = (
            f"<p:sld {space}{show}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        )
        if n in (notes or {}):
            parts[f"ppt/slides/_rels/slide{n}.xml.rels"] = relations(r1=f"notesSlide ../notesSlides/notes{n}.xml")
            body = _shape("body", [notes[n]]) if notes else ""
            parts[f"ppt/notesSlides/notes{n}.xml"] = (
                f"<p:notes {space}><p:cSld><p:spTree>{body}</p:spTree></p:cSld></p:notes>"
            )
    return packed(parts)


def odt_of(body: str, styles: str = "") -> bytes:
    """An OpenDocument text; `styles`: automatic ones, as XML."""
    names = {
        "office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing",
        "fo": "xsl-fo-compatible",
    }  # fmt: skip
    space = " ".join(f'xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for key, name in names.items())
    return packed(
        {
            "content.xml": f"<office:document-content {space}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body></office:document-content>",
            "styles.xml": f"<office:document-styles {space}/>",
        }
    )


def mail(text: str, attachments: dict[str, bytes] | None = None, html: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Ada Fenwick <ada@ternwillow.example>", "office@ternwillow.example"
    message["Subject"], message["Date"] = "New opening hours", "Mon, 02 Mar 2026 09:15:00 +0000"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, data in (attachments or {}).items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()
