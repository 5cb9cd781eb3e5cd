"""What documents say of themselves, in the languages that they are written in."""

from __future__ import annotations

import pytest

from aieco_assets.core.knowledge.facts import completed
from aieco_assets.core.knowledge.parsed import Facts, ParsedPage
from aieco_assets.core.text.language import language_of


def facts(text: str) -> Facts:
    return completed(Facts(), "", [ParsedPage(1, text)])


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("It shall apply from April 1, 2026 and remains in force until March 31, 2028.", "2026-04-01", "2028-03-31"),
        ("Prices valid 1 January 2026 – 30 June 2026.", "2026-01-01", "2026-06-30"),
        ("Gültig ab 01.04.2026 bis zum 31.12.2027.", "2026-04-01", "2027-12-31"),
        ("Sie tritt am 1. Juli 2026 in Kraft und tritt am 30. Juni 2028 außer Kraft.", "2026-07-01", "2028-06-30"),
        ("Entrée en vigueur : 1er mars 2026. En vigueur jusqu'au 31 décembre 2027.", "2026-03-01", "2027-12-31"),
        ("Vigente desde el 1 de enero de 2026 hasta el 31 de diciembre de 2026.", "2026-01-01", "2026-12-31"),
        ("Em vigor desde 1 de março de 2026. Válida até 31 de dezembro de 2027.", "2026-03-01", "2027-12-31"),
        ("Entra em vigor em 1º de abril de 2026 e vigente até ao dia 30/06/2028.", "2026-04-01", "2028-06-30"),
        ("Účinnost od 1. ledna 2026. Platnost do 31. prosince 2027.", "2026-01-01", "2027-12-31"),
        ("Obowiązuje od 1 stycznia 2026 do 30 września 2026", "2026-01-01", "2026-09-30"),
        ("Valid until 31 February 2026. Valid from 99.99.9999.", "", ""),
    ],
)  # fmt: skip
def test_days_in_force(text: str, first: str, last: str):
    found = facts(text)
    assert (found.in_force_from, found.in_force_until) == (first, last)


@pytest.mark.parametrize(
    ("text", "version", "replaced"),
    [
        ("Version: 5.1\nSupersedes: Expenses policy v4 (2024)", "5.1", "Expenses policy v4 (2024)"),
        ("Fassung 4. Sie ersetzt die Ordnung vom 1. Mai 2020. Danach gilt sie.", "4", "die Ordnung vom 1. Mai 2020"),
        ("Ersetzt die Fassung 2.0 von 2023.", "", "die Fassung 2.0 von 2023"),
        ("Verze 2.1. Nahrazuje směrnici č. 12/2024.", "2.1", "směrnici č. 12/2024"),
        ("Versão 3.1. Substitui a política de 2024.", "3.1", "a política de 2024"),
        ("Versión 2.0. Sustituye a la política de 2024.", "2.0", "la política de 2024"),
    ],
)
def test_versions_and_what_they_replace(text: str, version: str, replaced: str):
    assert (facts(text).version, facts(text).replaces) == (version, (replaced,))


def test_the_day_in_the_text_counts_for_more_than_the_one_on_which_a_file_was_saved():
    page = ParsedPage(1, "Leave\nLast updated on March 3, 2025")
    assert completed(Facts(dated="2026-11-26"), "", [page], dated_by_program=True).dated == "2025-03-03"
    assert completed(Facts(dated="2026-11-26"), "", [page]).dated == "2026-11-26"


def test_letters_of_lists_are_no_language_and_czech_is_one():
    assert language_of("Zaměstnanec má nárok na dovolenou, která se čerpá po dohodě s nadřízeným.") == "cs"
    assert language_of("a | o | e | a | o | A: 5 | E: 7 | a: 9") == ""
