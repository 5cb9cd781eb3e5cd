"""The knowledge base of the fictional retailer Hollin & Wray: sources in, rendered files out.

A source is `knowledge/<name>.md`: front matter (`title`, `format`), then markdown; a line `---page---` begins a new
page. Only pdf keeps pages; docx, html and md are one page each. The same sources always give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aieco_assets.core.sample.source import Source

KNOWLEDGE = Path(__file__).parent / "knowledge"
PAGE_BREAK = "---page---"


def parse_source(name: str, text: str) -> Source:
    """Split front matter and pages. Raises ValueError when the front matter lacks title or format."""
    opening, _, rest = text.partition("---\n")
    header, closing, body = rest.partition("\n---\n")
    fields = dict(line.split(": ", 1) for line in header.splitlines() if ": " in line)
    if opening or not closing or not {"title", "format"} <= fields.keys():
        raise ValueError(f"{name}.md must begin with front matter that gives title and format")
    pages = tuple(page.strip() for page in body.split(f"\n{PAGE_BREAK}\n"))
    return Source(name, fields["title"], fields["format"], pages)


def read_sources() -> list[Source]:
    """Every packaged source, by name."""
    return [parse_source(path.stem, path.read_text(encoding="utf-8")) for path in sorted(KNOWLEDGE.glob("*.md"))]


def render(source: Source) -> bytes:
    """The bytes of one document in its own format."""
    return _renderer(source.format)(source)


def write_documents(directory: Path) -> int:
    """Write all documents into `directory` (made if missing) and return how many."""
    directory.mkdir(parents=True, exist_ok=True)
    sources = read_sources()
    for source in sources:
        (directory / source.file_name).write_bytes(render(source))
    return len(sources)


def _render_md(source: Source) -> bytes:
    return ("\n\n".join(source.pages) + "\n").encode()


def _renderer(format: str) -> Callable[[Source], bytes]:
    if format == "pdf":
        from aieco_assets.core.sample.render_pdf import render_pdf

        return render_pdf
    if format == "docx":
        from aieco_assets.core.sample.render_docx import render_docx

        return render_docx
    if format == "html":
        from aieco_assets.core.sample.render_html import render_html

        return render_html
    if format == "md":
        return _render_md
    raise ValueError(f"no renderer for format {format!r}")
