"""What of an html page a visitor can see: without menus, banners and footers, with the panels that one can open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.parsers.html_controls import Controls, names_of

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_INVISIBLE = ("script", "style", "noscript", "template", "iframe", "object", "svg", "head", "datalist")
_FURNITURE_ROLES = ("navigation", "banner", "search", "contentinfo", "menu", "menubar", "tooltip")
_CONTENT = ("main", "article")
# Names that sites give to what stands on all their pages; each is looked for as a word of its own.
_COOKIES = re.compile(r"(?:^|[\s_-])(?:cookies?|consent|gdpr|cookiebanner|cookieconsent)(?:$|[\s_-])", re.IGNORECASE)
_BANNER = re.compile(r"banner|consent|popup|overlay|modal|(?:^|[\s_-])bar(?:$|[\s_-])", re.IGNORECASE)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MENUS = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|footer|sidebar|toc|pagination|skip)(?:$|[\s_-])",
    re.IGNORECASE,
)
_FOR_SCREEN_READERS = re.compile(r"(?:^|\s)(?:sr-only|visually-hidden|screen-reader-text|visuallyhidden)(?:$|\s)")
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]|mso-hide\s*:\s*all",
    re.IGNORECASE,
)
_STRUCK_STYLE = re.compile(r"text-decoration[\w-]*\s*:[^;]*line-through", re.IGNORECASE)
_RAISED_STYLE = re.compile(r"vertical-align\s*:\s*super", re.IGNORECASE)
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_RULE = re.compile(r"([^{}@;]+)\{([^{}]*)\}")
_MEDIA = re.compile(r"@[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_MOST_RULES = 500
_TABS = ("tab", "pill")
# Kinds of input whose value is seen.
_FILLED_IN = ("text", "number", "date", "time", "datetime-local", "month", "week", "email", "tel", "url")
_ROLES = {"table": "table", "grid": "table", "row": "tr", "cell": "td", "gridcell": "td"}
_ROLES |= {"columnheader": "th", "rowheader": "th"}
_LINKS = 0.7  # share of a menu's text that is links


def only_visible(soup: BeautifulSoup) -> dict[int, Tag]:
    """Takes out what nobody sees. Returns the control (a button, a tab) that opens each panel, by the panel's id()."""
    styled = _by_sheet(soup)
    for element in soup.find_all(_INVISIBLE):
        element.decompose()
    elements = _elements(soup)
    controls = Controls(elements)
    _mark_tabs(elements)
    _take_out(_furniture(soup, elements))
    hidden, struck = [], []
    for element in _elements(soup):
        style = str(element.get("style", ""))
        if element.name in ("div", "span") and (role := _ROLES.get(str(element.get("role", "")))):
            element.name = role  # a table of elements that say they are one
        if _is_hidden(element) or styled.get(id(element)) is _HIDDEN_STYLE:
            hidden.append(element)
        elif element.name in ("del", "s", "strike") or _has(_STRUCK_STYLE, style, styled, element):
            struck.append(element)
        elif element.name == "span" and _has(_RAISED_STYLE, style, styled, element):
            element.name = "sup"
        elif element.name == "span" and _has(_BOLD_STYLE, style, styled, element):
            element.name = "b"
    _take_out(element for element in hidden if not controls.opens(element))
    _take_out(struck)
    opened = controls.of_panels(hidden)
    labels = {id(label) for label in opened.values()}
    for button in _elements(soup):
        if button.name in ("button", "input", "select") and id(button) not in labels and not button.decomposed:
            _settle(button, controls)
    return opened


def _take_out(elements: Iterator[Tag] | list[Tag]) -> None:
    for element in list(elements):
        if not element.decomposed:
            element.decompose()


def _settle(button: Tag, controls: Controls) -> None:
    """What a form shows is told; buttons stay where they open something, whose label they are."""
    if button.name == "input":
        kind = str(button.get("type", "text")).lower()
        if kind in ("checkbox", "radio"):
            button.replace_with(" ☑ " if button.has_attr("checked") else " ☐ ")
        elif kind in _FILLED_IN and button.get("value"):
            button.replace_with(f" {button['value']} ")
        else:
            button.decompose()
    elif button.name == "select":
        told = [option.get_text(" ", strip=True) for option in button.find_all("option") if option.has_attr("selected")]
        button.replace_with(f" {', '.join(told)} ")
    elif not controls.is_control(button) and not button.find_parent([*_HEADINGS, "summary"]):
        button.decompose()


def _elements(soup: BeautifulSoup) -> list[Tag]:
    """In order. The library's own search takes several times as long."""
    from bs4 import Tag

    return [element for element in soup.descendants if isinstance(element, Tag)]


def _mark_tabs(elements: Sequence[Tag]) -> None:
    """Lists of tabs that do not say that they are some: the tabs' names are told over their panels."""
    for tab in elements:
        if tab.attrs and (tab.get("data-toggle") in _TABS or tab.get("data-bs-toggle") in _TABS):
            listed = tab.find_parent(["ul", "ol"])
            if listed is not None and not listed.has_attr("role"):
                listed["role"] = "tablist"


def _furniture(soup: BeautifulSoup, elements: Sequence[Tag]) -> Iterator[Tag]:
    contents = soup.find_all(_CONTENT) or soup.select("[role=main]")
    titled = any(content.find("h1") is not None for content in contents)
    for element in elements:
        name, role, named = element.name, str(element.get("role", "")), names_of(element)
        if name in ("html", "body", "main") or role == "tablist":
            continue
        if name == "nav" or role in _FURNITURE_ROLES or _FOR_SCREEN_READERS.search(named):
            if element.select_one("[role=tablist]") is None:
                yield element
        elif role in ("dialog", "alertdialog") or name == "dialog":
            if _COOKIES.search(named) or not _is_hidden(element):
                yield element
        elif _COOKIES.search(named) and not element.find_parent(_CONTENT) and _is_banner(element, named):
            yield element
        elif name in ("header", "footer", "aside") and contents and not element.find_parent(_CONTENT):
            # A page's title stands above its content, where that has none.
            is_title = name == "header" and not titled and element.find("h1") is not None
            if element.find(_CONTENT) is None and not is_title:
                yield element
        elif (
            (name == "footer" and (not element.find_parent(_CONTENT) or _is_menu(element)))
            or (_MENUS.search(named) and _is_menu(element))
        ) and element.find(["h1", "main", "article"]) is None:
            yield element


def _is_banner(element: Tag, named: str) -> bool:
    """Whether something about cookies asks for consent; a chapter about them does not."""
    if element.name in _HEADINGS or element.find("h1") is not None:
        return False
    return bool(_BANNER.search(named)) or element.find(["button", "input"]) is not None


def _is_menu(element: Tag) -> bool:
    """Whether it is mostly links."""
    text = len("".join(element.get_text().split()))
    links = sum(len("".join(link.get_text().split())) for link in element.find_all("a"))
    return text > 0 and links >= _LINKS * text


def _is_hidden(element: Tag) -> bool:
    if element.has_attr("hidden") or (element.name == "dialog" and not element.has_attr("open")):
        return True
    return bool(_HIDDEN_STYLE.search(str(element.get("style", ""))))


def _has(look: re.Pattern[str], style: str, styled: Mapping[int, re.Pattern[str]], element: Tag) -> bool:
    return bool(style and look.search(style)) or styled.get(id(element)) is look


def _by_sheet(soup: BeautifulSoup) -> dict[int, re.Pattern[str]]:
    """id() of the elements that a style sheet inside the page hides, strikes out … on all media, and which of them."""
    found: dict[int, re.Pattern[str]] = {}
    rules = 0
    for sheet in soup.find_all("style"):
        if str(sheet.get("media", "all")).lower() not in ("all", "screen", ""):
            continue
        for selectors, body in _RULE.findall(
            _MEDIA.sub("", re.sub(r"/\*.*?\*/", "", sheet.get_text(), flags=re.DOTALL))
        ):
            rules += 1
            look = next((one for one in _LOOKS if one.search(body)), None)
            if look is None or rules > _MOST_RULES or ":" in selectors:
                continue
            with suppress(Exception):  # whatever the library makes of a selector that it doesn't know
                for element in soup.select(selectors.strip()):
                    if _LOOKS.index(found.get(id(element), _LOOKS[-1])) >= _LOOKS.index(look):
                        found[id(element)] = look
    return found


_LOOKS = (_HIDDEN_STYLE, _STRUCK_STYLE, _RAISED_STYLE, _BOLD_STYLE)
