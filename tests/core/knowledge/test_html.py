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
