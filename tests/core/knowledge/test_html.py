"""Web pages are read as a visitor sees them who opens what can be opened."""

from __future__ import annotations

import pytest

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsers import parse


def text(markup: str) -> str:
    return parse(markup.encode(), DOCUMENT_TYPES[".html"]).pages[0].text


@pytest.mark.parametrize(
    "panel",
    [
        '<h3><button aria-controls="a">May I pay later?</button></h3><div id="a" hidden>Within 14 days.</div>',
        '<button data-bs-target="#a">May I pay later?</button><div id="a" class="collapse">Within 14 days.</div>',
        "<details><summary>May I pay later?</summary>Within 14 days.</details>",
        '<dl><dt>May I pay later?</dt><dd style="display:none">Within 14 days.</dd></dl>',
        "<button onclick=\"show('a')\">May I pay later?</button><div id='a' style='display:none'>Within 14 days.</div>",
        '<style>.b{display:none}</style><h4 class="faq">May I pay later?</h4><div class="b">Within 14 days.</div>',
    ],
)
def test_what_a_visitor_can_open_is_content_under_its_question(panel: str):
    page = parse(f"<main><p>Start.</p>{panel}</main>".encode(), DOCUMENT_TYPES[".html"]).pages[0]
    assert page.text == "Start.\n\nMay I pay later?\nWithin 14 days."
    assert [words for _, words in page.headings] == ["May I pay later?"]


@pytest.mark.parametrize(
    "furniture",
    [
        "<nav><a>Shop</a></nav>",
        '<div id="cookie-banner">We use cookies.</div>',
        "<header><p>Sale</p></header>",
        '<div class="main-menu"><a>One</a><a>Two</a></div>',
        "<footer>Imprint</footer>",
        '<p style="display:none">Code STAFF</p>',
        "<style>.x{display:none}</style><p class='x'>Code STAFF</p>",
        "<p><s>Old price 9</s></p>",
        "<!-- note -->",
        '<span class="sr-only">Skip</span>',
    ],
)
def test_menus_banners_and_what_is_hidden_from_everybody_are_not_read(furniture: str):
    assert text(f"<body>{furniture}<main><h1>Prices</h1><p>It costs 12.</p></main></body>") == "Prices\nIt costs 12."


def test_panels_of_tabs_are_told_under_the_names_of_the_tabs():
    page = (
        '<div role="tablist"><button role="tab">UK</button><button role="tab">Abroad</button></div>'
        '<div role="tabpanel"><p>4.20</p></div><div role="tabpanel" hidden><p>9.80</p></div>'
    )
    assert text(page) == "UK\n4.20\n\nAbroad\n9.80"


def test_notes_are_told_at_their_mark_and_powers_are_kept():
    page = 'Within 30<sup><a href="#f1">1</a></sup> days for 12 m<sup>2</sup>.<ol><li id="f1">Working days.</li></ol>'
    assert text(f"<p>{page}") == "Within 30¹ days for 12 m².\n¹ Working days."


def test_values_of_a_table_have_all_headings_and_labels_over_them():
    page = (
        '<table><tr><th rowspan="2">Country</th><th colspan="2">Price</th></tr><tr><th>5 kg</th><th>20 kg</th></tr>'
        '<tr><td rowspan="2">Norway</td><td>16.70</td><td>31.20</td></tr><tr><td>17.10</td><td>32.40</td></tr></table>'
    )
    assert text(page).split("\n")[1:] == [
        "Country: Norway | Price / 5 kg: 16.70 | Price / 20 kg: 31.20",
        "Country: Norway | Price / 5 kg: 17.10 | Price / 20 kg: 32.40",
    ]


def test_looks_of_a_style_sheet_are_seen_as_those_of_elements_are():
    sheet = ".a{text-decoration:line-through}.b{vertical-align:super}.c{font-weight:700}"
    page = '<p>Bikes cost <span class="a">9 </span>12 euros in 30<span class="b">6</span> days.</p>'
    rows = "".join(f"<tr><td>{one}</td><td>{other}</td></tr>" for one, other in (("City", "free"), ("Cargo", "asked")))
    head = '<tr><td><p><span class="c">Kind</span></p></td><td><p><span class="c">Fee</span></p></td></tr>'
    assert text(f"<style>{sheet}</style>{page}<table>{head}{rows}</table>").split("\n") == [
        "Bikes cost 12 euros in 30⁶ days.",
        "Kind | Fee",
        "Kind: City | Fee: free",
        "Kind: Cargo | Fee: asked",
    ]


def test_a_chapter_about_cookies_is_no_banner():
    page = (
        '<h2 id="cookies">Cookies</h2><p>They live 90 days.</p><section id="cookie-list"><p>All of them.</p></section>'
    )
    banner = '<div class="cookie-note"><p>We use cookies</p><button>Accept</button></div>'
    assert text(page + banner) == "Cookies\nThey live 90 days.\nAll of them."


def test_the_title_above_the_content_and_the_end_of_an_article_are_read():
    page = (
        "<header><h1>Returns</h1><p>From 1 May 2026</p></header><main><p>14 days.</p><footer>Version 3</footer></main>"
    )
    assert text(page) == "Returns\nFrom 1 May 2026\n14 days.\nVersion 3"


@pytest.mark.parametrize("around", ["{}", "<nav>{}</nav>"])
def test_tabs_that_a_menu_class_names_are_labels(around: str):
    tabs = "".join(f'<li><a href="#{one.lower()}" data-toggle="tab">{one}</a></li>' for one in ("UK", "EU"))
    panels = '<div id="uk" class="tab-pane active">4.20</div><div id="eu" class="tab-pane">9.80</div>'
    assert text(around.format(f'<ul class="nav nav-tabs">{tabs}</ul>') + panels) == "UK\n4.20\n\nEU\n9.80"


def test_what_a_form_shows_is_read():
    page = (
        '<label>Days<input value="48"></label> of <select><option>One<option selected>Two</select> weeks'
        '<input type="hidden" value="x"><textarea>In full</textarea><input type="radio" checked>yes'
    )
    assert text(f"<form>{page}</form>") == "Days 48 of Two weeks In full ☑ yes"
