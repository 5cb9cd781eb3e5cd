"""Markdown as GitHub renders it, through html: quotes read as the rendered page does, without asterisks and bars."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.blocks import Item, heading, text
from aieco_assets.core.knowledge.parsed import ParsedDocument
from aieco_assets.core.knowledge.parsers.encodings import decode
from aieco_assets.core.knowledge.parsers.html import document_of
from aieco_assets.core.yaml_file import refuse_repetition

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_FRONT = re.compile(r"\A\ufeff?(---|\+\+\+)[ \t]*\r?\n(.*?)\r?\n(?:\1|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FACT = re.compile(r"([A-Za-z][\w .-]{0,60}?)\s*[:=]\s*(.*?)\s*$")
_LONGEST_FRONT = 20_000
_DEEPEST_FRONT = 3  # names under names
_DEEPEST = 150  # lists and quotes in each other; the library leaves out silently what is deeper than 20
_ALERT = re.compile(r"^([ \t]*(?:>[ \t]?)+)\[!(\w+)\][+-]?[ \t]*(.*)$", re.MULTILINE)
_HEADING_ID = re.compile(r"[ \t]*\{#[\w-]+\}[ \t]*$")
# For the program that builds the site, not for its readers.
_SETTINGS = re.compile(
    r"(layout|permalink|slug|sidebar\w*|nav\w*|weight|toc\w*|template|redirect\w*|alias(es)?|css\w*|uid|image|draft|math)$"
)


def parse(data: bytes) -> ParsedDocument:
    source = decode(data)
    front: dict[str, Any] = {}
    if (match := _FRONT.match(source)) and len(match[2]) <= _LONGEST_FRONT:
        loaded = _load(match[1], match[2])
        if isinstance(loaded, dict):
            front, source = {str(key): value for key, value in loaded.items()}, source[match.end() :]
    elif source.startswith("{") and (found := _json(source)):
        front, source = found
    source = _ALERT.sub(lambda m: f"{m[1]}**{m[3] or m[2].capitalize()}**\n{m[1].rstrip()}", source)
    return document_of(_renderer().render(source), _title(front), list(_told(front)), front)


def _json(source: str) -> tuple[dict[str, Any], str] | None:
    """Front matter as Hugo has it, too: an object of JSON on the first lines, and what follows."""
    try:
        front, end = json.JSONDecoder().raw_decode(source[:_LONGEST_FRONT])
    except (ValueError, RecursionError):
        return None
    rest = source[end:]
    return (front, rest) if isinstance(front, dict) and front and rest[:1] == "\n" and rest.strip() else None


def _title(front: Mapping[str, Any]) -> str:
    return next((str(front[key]) for key in front if key.lower() == "title" and front[key]), "")


def _load(fence: str, source: str) -> object:
    """What the front matter says; None where it is none, and then text."""
    import yaml

    try:
        if fence == "---":
            refuse_repetition(yaml.parse(source, yaml.SafeLoader), "The front matter", "")
            return yaml.safe_load(source)
        import tomllib

        return tomllib.loads(source)
    except (AiecoError, yaml.YAMLError, ValueError, ImportError, RecursionError):
        return _by_lines(source)


def _by_lines(source: str) -> dict[str, str] | None:
    """Front matter that people wrote who don't know yaml's rules: `owner: Platform team (on-call: Ada)`."""
    lines = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    matches = [_FACT.match(line) for line in lines]
    if not lines or not all(matches):
        return None
    return {match[1]: match[2].strip("\"' ") for match in matches if match and match[2]}


def _told(front: Mapping[str, Any]) -> Iterator[Item]:
    """The front matter as a reader of the page sees it: its title, and a line for each fact."""
    if title := _title(front):
        yield heading(title)
    for key, value in front.items():
        if key.lower() == "title" or _SETTINGS.match(key.lower()):
            continue
        name = key.replace("_", " ").replace("-", " ").strip()
        yield from _fact(f"{name[:1].upper()}{name[1:]}", value)


def _fact(name: str, value: object, depth: int = 0) -> Iterator[Item]:
    """`Review / owner: Ada` for what stands under a name of its own."""
    values = value if isinstance(value, list) else [value]
    if words := ", ".join(_plain(one) for one in values if isinstance(one, str | int | float | date)):
        yield text(f"{name}: {words}")
    for one in values if depth < _DEEPEST_FRONT else ():
        if isinstance(one, dict):
            for key, inner in one.items():
                yield from _fact(f"{name} / {str(key).replace('_', ' ')}", inner, depth + 1)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


@lru_cache(1)
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from mdit_py_plugins.admon import admon_plugin
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.tasklists import tasklists_plugin

    def without_ids(state: StateCore) -> None:
        for before, token in zip(state.tokens, state.tokens[1:], strict=False):
            if before.type == "heading_open" and token.children:
                last = token.children[-1]
                last.content = _HEADING_ID.sub("", last.content)

    renderer = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    for plugin in (footnote_plugin, tasklists_plugin, deflist_plugin, admon_plugin):
        renderer.use(plugin)
    renderer.core.ruler.push("heading_ids", without_ids)
    return renderer
