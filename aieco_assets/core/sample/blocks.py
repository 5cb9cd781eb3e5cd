"""Markdown as a flat list of blocks, which is all that the pdf and docx renderers need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token


def markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """`kind` is heading, paragraph, bullet, number or table; `level` is the heading level or the number in a list."""

    kind: str
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


def blocks(text: str) -> Iterator[Block]:
    """Blocks in reading order. Lists are one level deep; inline markup is kept as written."""
    tokens = markdown().parse(text)
    lists: list[int] = []  # per open list: 0 for bullets, else the next number
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "heading_open":
            yield Block("heading", tokens[at + 1].content, level=int(token.tag[1]))
        elif token.type == "bullet_list_open":
            lists.append(0)
        elif token.type == "ordered_list_open":
            lists.append(1)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "paragraph_open":
            text = " ".join(tokens[at + 1].content.split("\n"))
            if not lists:
                yield Block("paragraph", text)
            elif lists[-1] == 0:
                yield Block("bullet", text)
            else:
                yield Block("number", text, level=lists[-1])
                lists[-1] += 1
        elif token.type == "table_open":
            end = next(i for i in range(at, len(tokens)) if tokens[i].type == "table_close")
            yield Block("table", rows=_rows(tokens[at:end]))
            at = end
        at += 1


def _rows(tokens: list[Token]) -> tuple[tuple[str, ...], ...]:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token.content)
    return tuple(tuple(row) for row in rows)
