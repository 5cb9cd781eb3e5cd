"""Places under other names: what lies in another source is seen to, however it is written."""

from pathlib import Path

import pytest

from aieco_assets.core.declared.locations import refuse_overlap
from aieco_assets.core.declared.sources import DOCUMENTS, DeclaredSource, declared_source
from aieco_assets.core.errors import AiecoError

INSIDE = [
    ("https://u:p@host/docs", "https://host/docs/hr"),
    ("https://host:443/docs", "https://host/docs/hr"),
    ("http://host:80/docs", "http://host/docs/hr"),
    ("HTTPS://HOST./docs", "https://host/docs/hr"),
    ("https://host/docs", "https://host/x/../docs/./hr"),
    ("https://host/docs", "https://host//docs//hr"),
    ("https://host/docs", "http://host/docs/hr"),
    ("https://host/docs/", "https://host/d%6Fcs/hr/"),
    ("https://host", "https://host/docs"),
    (" https://host/docs", "https://host/docs/hr"),
    ("ht\ntps://host/docs", "https://host/docs/hr"),
    ("https://host/docs", "https://host/docs"),
    ("https://bücher.example/docs", "https://xn--bcher-kva.example/docs/hr"),
    ("s3://b/docs", "s3://b//docs/hr"),
    ("S3://b/docs/", "s3://b/docs//hr"),
    ("s3://b", "s3://b/docs"),
]
APART = [
    ("https://host/docs", "https://host/docs2"),
    ("https://host/docs", "https://host:8443/docs/hr"),
    ("https://host/docs", "https://other/docs"),
    ("s3://b/docs", "s3://c/docs/hr"),
    ("s3://b/docs", "s3://b/x/../docs/hr"),
    ("s3://docs/hr", "https://docs/hr"),
    ("postgresql://host/docs?table=a", "https://host/docs"),
    ("mongodb://a:27017,[::1]:27017/shop?collection=sales", "/shop"),
]


def refused(source: str, *urls: str) -> bool:
    try:
        refuse_overlap(source, [DeclaredSource(DOCUMENTS, f"s{at}", url) for at, url in enumerate(urls)])
    except AiecoError as error:
        return "and both are read" in str(error) and "u:p" not in str(error)
    return False


@pytest.mark.parametrize(("outer", "inner"), INSIDE)
def test_a_place_in_another_is_refused_by_whatever_name_and_in_either_order(outer: str, inner: str) -> None:
    assert refused(outer, inner) and refused(inner, outer)
    assert refused("/elsewhere", outer, inner)


def test_the_sentence_names_the_declarations_and_tells_one_place_from_one_in_another(tmp_path: Path) -> None:
    declared = [
        DeclaredSource(DOCUMENTS, "shed", f"{tmp_path}"),
        DeclaredSource(DOCUMENTS, "workshop", f"{tmp_path}/."),
    ]
    with pytest.raises(AiecoError, match=r"\(source workshop\) and .* \(source shed\) are one place"):
        refuse_overlap("/elsewhere", declared)
    with pytest.raises(AiecoError, match=r"/hr \(source hr\) lies in .*[^)], and both are read"):
        refuse_overlap(f"{tmp_path}", [DeclaredSource(DOCUMENTS, "hr", f"{tmp_path}/hr")])


@pytest.mark.parametrize(("one", "other"), APART)
def test_places_beside_each_other_are_both_read(one: str, other: str) -> None:
    assert not refused(one, other)


def test_a_folder_in_another_is_refused_as_a_url_through_a_link_and_by_steps_up(tmp_path: Path) -> None:
    docs, link = tmp_path / "docs", tmp_path / "link"
    (docs / "hr").mkdir(parents=True)
    (tmp_path / "docs2").mkdir()
    link.symlink_to(docs / "hr")
    for outer in (f"{docs}", f"file://{docs}", f"file://localhost{docs}/", f"{tmp_path}/docs2/../docs"):
        for inner in (f"{docs}/hr", f"{link}", f"file://{link}", f"{docs}/hr/not/there/yet"):
            assert refused(outer, inner) and refused(inner, outer)
    assert not refused(f"file://{docs}", f"{tmp_path}/docs2")
    assert not refused(f"{docs}/new", f"{docs}/newer")


@pytest.mark.parametrize(
    "folder",
    ["http://[::1/x", "https://ann:se/cret@host/x", "https://host:99999/x", "~nosuchuser/x", "a\0b"],
)
def test_a_folder_that_can_be_no_place_is_one_sentence_that_names_its_source(folder: str, tmp_path: Path) -> None:
    with pytest.raises(AiecoError, match="mend `folder` of the document source handbook") as caught:
        declared_source(DOCUMENTS, "handbook", folder, tmp_path)
    assert "cret" not in str(caught.value)


def test_a_mapping_of_a_user_whom_there_is_not_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(AiecoError, match="mend `mapping` of the transaction source web"):
        declared_source("TransactionSource", "web", "web", tmp_path, mapping="~nosuchuser/shop.yaml")


def test_links_that_lead_round_in_a_circle_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(AiecoError, match="mend the path, or its links"):
        refuse_overlap(str(tmp_path / "a"), [DeclaredSource(DOCUMENTS, "s", "/x")])
