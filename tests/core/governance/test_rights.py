"""The rules of access.yaml: which of them governs a document, and what is wrong with a file in one sentence."""

from __future__ import annotations

import pytest

from aieco_assets.core.contracts import Reader
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.rights import governing_tags, parse_rules

RULES = """
default: everyone
folders:
  hr: [hr, board]
  hr/pay: [board]
  hr/notices: everyone
  shut: []
documents:
  hr/pay/scale.pdf: [hr, "user:anna"]
  mail/offer.eml: [board]
tags:
  Confidential: [board]
  legal: [legal]
"""


def may(path: str, *groups: str, user: str = "somebody", tags: tuple[str, ...] = ()) -> bool:
    return parse_rules(RULES).admits(path, tags, Reader(user, frozenset(groups)).principals)


@pytest.mark.parametrize(
    ("path", "groups", "reads"),
    [
        ("shop/returns.md", (), True),
        ("hr/leave.md", (), False),
        ("hr/leave.md", ("hr",), True),
        ("hr/pay/bonus.md", ("hr",), False),
        ("hr/pay/bonus.md", ("board",), True),
        ("hr/pay/old/2019.md", ("hr",), False),
        ("hr/notices/canteen.md", (), True),
        ("hr/pay/scale.pdf", ("hr",), True),
        ("hr/pay/scale.pdf", ("board",), False),
        ("hrx/leave.md", (), True),
        ("shut/a.md", ("hr", "board", "legal"), False),
        ("mail/offer.eml!salary.pdf", (), False),
        ("mail/offer.eml!salary.pdf", ("board",), True),
        ("mail/offer.eml!inner.eml!salary.pdf", ("hr",), False),
        ("mail/other.eml!salary.pdf", (), True),
    ],
)
def test_the_most_specific_rule_governs(path: str, groups: tuple[str, ...], reads: bool) -> None:
    assert may(path, *groups) is reads


def test_a_rule_can_name_a_user() -> None:
    assert may("hr/pay/scale.pdf", user="anna")
    assert not may("hr/pay/scale.pdf", user="ben")


def test_a_keyword_goes_before_the_folder_and_each_of_several_must_admit() -> None:
    assert not may("hr/notices/plan.md", tags=("confidential",))
    assert may("hr/leave.md", "board", tags=("confidential",))
    assert not may("hr/leave.md", "board", tags=("confidential", "legal"))
    assert may("hr/leave.md", "board", "legal", tags=("confidential", "legal"))
    assert may("hr/pay/scale.pdf", "hr", tags=("confidential",))


def test_what_no_rule_names_is_closed_unless_the_file_says_otherwise() -> None:
    rules = parse_rules("folders:\n  shop: everyone\n")

    assert rules.admits("shop/returns.md", (), Reader("anna").principals)
    assert not rules.admits("returns.md", (), Reader("anna", frozenset({"shop"})).principals)


@pytest.mark.parametrize("name", ["everyone", "user:", "user:a b", "", "a" * 65])
def test_no_group_is_called_like_everyone_or_like_nobody(name: str) -> None:
    with pytest.raises(AiecoError, match="names the group"):
        parse_rules(f'folders:\n  hr: ["{name}"]\n')


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("folder:\n  hr: [hr]\n", "unknown key folder"),
        ("default: open\n", "default is everyone or closed, not 'open'"),
        ("- hr\n", "holds no rules"),
        ("folders: [hr]\n", "folders is a mapping"),
        ("folders:\n  hr: hr\n", "folders: hr is a list of groups"),
        ('folders:\n  hr: ["hr,board"]\n', "names the group 'hr,board'"),
        ("folders:\n  hr: [1]\n", "names the group 1"),
        ("folders:\n  hr: [[hr]]\n", "names the group a list"),
        ("folders:\n  hr: [hr]\n  hr/: [board]\n", "two rules for hr"),
        ("folders:\n  hr: [hr]\n  hr: [board]\n", "says hr twice"),
        ("folders:\n  /hr: [hr]\n", "is no path below the source"),
        ("folders:\n  ../hr: [hr]\n", "is no path below the source"),
        ("default: everyone\nfolders:\n  .: [hr]\n", "is no path below the source"),
        ("folders:\n  hr/./pay: [hr]\n", "is no path below the source"),
        ("folders:\n  hr//pay: [hr]\n", "is no path below the source"),
        ("documents:\n  hr/: [hr]\n", "is no path below the source"),
        ("documents:\n  hr/*.pdf: [hr]\n", "is no path below the source"),
        ("folders:\n  1: [hr]\n", "the entry 1, which is no name"),
        ("folders: {hr: [hr\n", "no YAML"),
        ("tags:\n  A: [hr]\n  a: [board]\n", "two rules for a"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(AiecoError, match=r"access\.yaml") as said:
        parse_rules(text)

    assert sentence in str(said.value)
    assert "\n" not in str(said.value)


def test_blanks_in_quotes_are_part_of_a_name() -> None:
    rules = parse_rules('default: everyone\nfolders:\n  "hr ": [board]\n')

    anybody = Reader("somebody").principals
    assert not rules.admits("hr /pay.md", (), anybody)
    assert rules.admits("hr/pay.md", (), anybody)


def test_keywords_are_the_same_however_their_accents_are_written() -> None:
    rules = parse_rules("default: everyone\ntags:\n  geh\u00e4lter: [hr]\n")
    assert not rules.admits("a.md", ("geha\u0308lter",), Reader("somebody").principals)


def test_what_a_mail_brought_is_closed_by_the_keywords_of_the_mail_too() -> None:
    own = {"mail/a.eml": ("confidential",), "mail/a.eml!b.eml": (), "mail/a.eml!b.eml!pay.pdf": ("legal",)}

    assert governing_tags("mail/a.eml!b.eml!pay.pdf", own) == ("legal", "confidential")
    assert governing_tags("mail/a.eml", own) == ("confidential",)
    assert governing_tags("mail/other.eml!pay.pdf", own) == ()
