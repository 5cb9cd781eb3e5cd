"""A document as one html page: semantic, without scripts and outside files."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from aieco_assets.core.sample.blocks import markdown

if TYPE_CHECKING:
    from aieco_assets.core.sample.source import Source

PAGE = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title} | Hollin &amp; Wray</title>
<style>
body {{ font: 16px/1.5 Georgia, serif; color: #212529; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }}
h1, h2 {{ font-family: Helvetica, Arial, sans-serif; line-height: 1.2 }}
table {{ border-collapse: collapse; margin: 1rem 0 }}
th, td {{ border-bottom: 1px solid #c4aa8c; padding: .3rem .8rem .3rem 0; text-align: left }}
</style>
</head>
<body>
<main>
<article>
{body}</article>
</main>
</body>
</html>
"""


def render_html(source: Source) -> bytes:
    """The bytes of the page; pages of the source follow each other without a break."""
    body = markdown().render("\n\n".join(source.pages))
    return PAGE.format(title=escape(source.title), body=body).encode()
