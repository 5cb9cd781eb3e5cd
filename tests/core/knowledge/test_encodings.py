"""Bytes are read as what they were written as, also where nothing says so."""

from __future__ import annotations

import pytest

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsers import parse
from aieco_assets.core.knowledge.parsers.encodings import decode

CZECH, RUSSIAN, FRENCH = "Zaměstnanec může mít 25 dnů.", "Срок возврата товара 14 дней", "Durée: 3 à 5 mètres, très tôt"


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        (CZECH, "cp1250"),
        ("Cena żółtych pasów: 5 zł", "cp1250"),
        (RUSSIAN, "cp1251"),
        (FRENCH, "cp1252"),
        ("Größe 5 m³, Übergröße 7 €", "cp1252"),
        ("Ærø er dyrt", "cp1252"),
        ("Within 25 days.", "utf-16-le"),
        (CZECH, "utf-16"),
        (CZECH, "utf-8"),
    ],
)
def test_texts_that_do_not_say_how_they_are_written(words: str, encoding: str):
    assert decode(words.encode(encoding)) == words


@pytest.mark.parametrize(
    ("head", "encoding"),
    [('<meta charset="iso-8859-2">', "iso-8859-2"), ('<?xml version="1.0" encoding="koi8-r"?>', "koi8-r")],
)
def test_pages_that_say_how_they_are_written(head: str, encoding: str):
    words = CZECH if encoding == "iso-8859-2" else RUSSIAN
    assert parse(f"{head}<p>{words}</p>".encode(encoding), DOCUMENT_TYPES[".html"]).pages[0].text == words


def test_a_line_that_names_the_separator_of_a_csv_file_is_no_row():
    data = "sep=;\nName;Betrag\nMüller;1.234,50\nMaier;-5,00\n".encode("cp1252")
    assert parse(data, DOCUMENT_TYPES[".csv"]).pages[0].text.split("\n")[1] == "Name: Müller | Betrag: 1.234,50"
