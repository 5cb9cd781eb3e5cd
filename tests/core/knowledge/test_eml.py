"""Mails as different programs write them."""

from __future__ import annotations

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsed import ParsedDocument
from aieco_assets.core.knowledge.parsers import parse
from tests.core.knowledge.office import mail


def read(head: str, body: str) -> ParsedDocument:
    return parse(f"From: a@b.example\n{head}\n\n{body}".encode(), DOCUMENT_TYPES[".eml"])


def test_text_after_an_attachment_is_read():
    body = (
        "--B\nContent-Type: text/plain\n\nTen days.\n--B\nContent-Type: text/plain; name=a.txt\n"
        "Content-Disposition: attachment; filename=a.txt\n\nfile\n--B\nContent-Type: text/plain\n\nNot twenty.\n--B--\n"
    )
    document = read("Content-Type: multipart/mixed; boundary=B", body)
    assert document.pages[0].text == "From: a@b.example\nTen days.\nNot twenty.\nAttachments: a.txt"


def test_of_two_forms_of_a_text_the_one_with_tables_is_read():
    body = "--B\nContent-Type: text/plain\n\nplain\n--B\nContent-Type: text/html\n\n<p>rich</p>\n--B--\n"
    assert read("Content-Type: multipart/alternative; boundary=B", body).pages[0].text.endswith("\nrich")
    body = "--B\nContent-Type: text/plain\n\nplain\n--B\nContent-Type: text/calendar\n\nBEGIN\n--B--\n"
    assert read("Content-Type: multipart/alternative; boundary=B", body).pages[0].text.endswith("\nplain")


def test_lines_that_a_program_broke_are_one_again():
    body = "Claims within 30 \ndays.\n> You said 20 \n> days.\nNo.\n-- \nAda\n"
    told = read("Content-Type: text/plain; format=flowed", body).pages[0].text.split("\n")
    assert told[1:] == ["Claims within 30 days.", "> You said 20 days.", "No.", "--", "Ada"]


def test_a_mail_that_is_attached_as_a_plain_file_is_a_document():
    document = parse(mail("See below.", {"old.eml": mail("Within 9 days.")}), DOCUMENT_TYPES[".eml"])
    (inner,) = document.attachments
    assert "Within 9 days." in parse(inner.data, inner.media_type).pages[0].text


def test_an_encrypted_mail_says_so():
    document = read("Content-Type: application/pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64", "MIAG")
    assert document.warnings == (
        "Its text is encrypted, and so are its attachments: save the mail without encryption.",
    )


def test_parts_whose_border_is_lost_and_unknown_encodings_are_read():
    assert "hello 5 days" in read("Content-Type: multipart/mixed; boundary=x", "--y\nhello 5 days").pages[0].text
    assert "hello 6 days" in read("Content-Type: text/plain; charset=klingon", "hello 6 days").pages[0].text


def test_keywords_of_a_mail_are_its_keywords():
    document = read("Keywords: Confidential, =?utf-8?q?Geh=C3=A4lter?=\nKeywords: board", "Ten days.")
    assert document.facts.tags == ("confidential", "gehälter", "board")
