"""What of an html page opens what: buttons and their panels, tabs, questions and their answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import Tag

_OPENS = re.compile(
    r"accordion|collaps|expand|toggle|faq|question|disclosure|tab-?(?:pane|panel|content)", re.IGNORECASE
)
LONGEST_LABEL = 200  # characters of what opens a panel


class Controls:
    """Which elements open or show which others."""

    def __init__(self, elements: Sequence[Tag]) -> None:
        self._targets: dict[str, Tag] = {}
        self._sources: set[int] = set()
        self._by_id = by_id(elements)
        self._lists = [element for element in elements if element.get("role") == "tablist"]
        for element in filter(_may_control, elements):
            for target in _targets(element):
                self._targets.setdefault(target, element)
                self._sources.add(id(element))

    def is_control(self, element: Tag) -> bool:
        if element.get("role") == "tab":
            return True
        return id(element) in self._sources or element.has_attr("aria-expanded") or _opens(element)

    def opens(self, hidden: Tag) -> bool:
        """Whether a visitor can open what is hidden."""
        if str(hidden.get("id", "")) in self._targets or hidden.get("role") == "tabpanel" or hidden.name == "summary":
            return True
        label = self._by_id.get(str(hidden.get("aria-labelledby", "")))
        if label is not None and (label.name == "button" or label.get("role") in ("tab", "button")):
            return True
        return _opener_before(hidden) is not None or _opens(hidden)

    def of_panels(self, hidden: Iterable[Tag]) -> dict[int, Tag]:
        """The label of each panel that has one, by id(); of panels that are `hidden` also the one just before."""
        found: dict[int, Tag] = {}
        for target, control in self._targets.items():
            panel = self._by_id.get(target)
            if panel is not None and not panel.decomposed and not control.decomposed:
                found[id(panel)] = control
        for tabs in (one for one in self._lists if not one.decomposed):
            labels: list[Tag] = tabs.select("[role=tab]")
            around = tabs
            panels: list[Tag] = []
            while not panels and around.parent is not None:
                around = around.parent
                panels = around.select("[role=tabpanel]")
            if len(labels) == len(panels):
                for panel, label in zip(panels, labels, strict=True):
                    found.setdefault(id(panel), label)
        for panel in hidden:
            if not panel.decomposed and (label := _opener_before(panel)) is not None:
                found.setdefault(id(panel), label)
        return found


def _opener_before(hidden: Tag) -> Tag | None:
    """The label just before a hidden element, if that is one which a visitor can press."""
    before = hidden.find_previous_sibling()
    if before is None or len(" ".join(before.get_text(" ").split())) > LONGEST_LABEL:
        return None
    if before.name in ("dt", "button", "summary") or before.get("role") == "button" or before.has_attr("aria-expanded"):
        return before
    inside = before.select_one("button, summary, [aria-expanded]")
    return before if _opens(before) or inside is not None else None


def _may_control(element: Tag) -> bool:
    return element.name in ("button", "a", "label") or element.has_attr("aria-controls") or element.has_attr("onclick")


def _targets(element: Tag) -> Iterator[str]:
    """Ids of what an element opens."""
    yield from str(element.get("aria-controls", "")).split()
    toggles = any(element.has_attr(name) for name in ("data-toggle", "data-bs-toggle", "aria-expanded")) or (
        element.get("role") in ("tab", "button")
    )
    for name in ("data-target", "data-bs-target", "href") if toggles else ("data-target", "data-bs-target"):
        target = str(element.get(name, ""))
        if target.startswith("#") and len(target) > 1:
            yield target[1:]
    yield from re.findall(r"""['"]#?([A-Za-z][\w-]*)['"]""", str(element.get("onclick", "")))


def by_id(elements: Iterable[Tag]) -> dict[str, Tag]:
    """The first element of each id; the library's own search walks the page for each."""
    found: dict[str, Tag] = {}
    for element in elements:
        if element.attrs and (name := str(element.get("id", ""))):
            found.setdefault(name, element)
    return found


def _opens(element: Tag) -> bool:
    return bool(_OPENS.search(names_of(element)))


def names_of(element: Tag) -> str:
    if not element.attrs:
        return ""
    classes = element.get("class") or []
    return " ".join([*([classes] if isinstance(classes, str) else classes), str(element.get("id", ""))])
