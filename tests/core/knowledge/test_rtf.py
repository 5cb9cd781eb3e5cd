"""Rich text as different programs write it."""

from __future__ import annotations

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsers import parse


def text(body: bytes) -> str:
    return parse(rb"{\rtf1\ansi\ansicpg1250\deff0{\fonttbl{\f0\fcharset238 A;}{\f1\fcharset128 G;}}" + body + b"}",
                 DOCUMENT_TYPES[".rtf"]).pages[0].text  # fmt: skip


def test_a_backslash_before_a_line_end_ends_a_paragraph():
    assert text(b"Refunds\\\nWithin 14 days.\\\n\\\nIn cash.") == "Refunds\nWithin 14 days.\nIn cash."


def test_letters_of_two_bytes_and_of_two_unicode_numbers_are_one():
    assert text(rb"\f1\'8a\'bf\'8e\'9a\plain  25 dn\'f9 \u-10179?\u-8704?.\par") == "漢字 25 dnů 😀."


def test_settings_of_shapes_are_no_text_and_their_words_follow_the_paragraph():
    shape = rb"{\shp{\*\shpinst{\sp{\sn shapeType}{\sv 202}}{\shptxt Box 88.\par}}{\shprslt{Box 88.}}}"
    assert text(rb"\pard One " + shape + rb"line.\par Next.\par") == "One line.\nBox 88.\nNext."


def test_bytes_of_pictures_are_skipped_whatever_they_look_like():
    assert text(rb"{\pict\bin12 ab{{{cd}ef\gh}Within 99 days.\par") == "Within 99 days."


def test_raised_digits_are_no_part_of_the_number_before_them():
    assert text(rb"Within 30{\super 1} days, 7{\up6 2}.\par") == "Within 30¹ days, 7²."


def test_a_table_inside_a_cell_stays_in_its_row():
    row = rb"\trowd\cellx1\cellx2\cellx3\pard\intbl "
    inner = rb"\itap2 Mon\nestcell 8-12\nestcell{\*\nesttableprops\nestrow}{\nonesttables\par}\pard\intbl\itap1"
    head = row + rb"Site\cell Hours\cell Phone\cell\row"
    body = head + row + rb"Brno\cell" + inner + rb" \cell 555\cell\row\pard x\par"
    assert text(body) == "Site | Hours | Phone\nSite: Brno | Hours: Mon 8-12 | Phone: 555\nx"
