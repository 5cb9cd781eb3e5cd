"""One home, one pair of sources."""

from pathlib import Path

import pytest

from aieco_assets.core.declared.sources import DOCUMENTS, TRANSACTIONS, declared_source
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.sources import check_sources, claim_sources, source_urls
from aieco_assets.core.storage.postgres import connect


def test_the_same_sources_are_claimed_again_and_again(settings: Settings) -> None:
    claim_sources(settings)
    claim_sources(settings)


def test_other_sources_are_refused_with_three_ways_out(settings: Settings, tmp_path: Path) -> None:
    claim_sources(settings)
    other = settings.model_copy(update={"documents": str(tmp_path)})
    with pytest.raises(AiecoError) as caught:
        claim_sources(other)
    for way in ("AIECO_HOME", "AIECO_DOCUMENTS", "--switch-source"):
        assert way in str(caught.value)


def test_a_switch_that_is_asked_for_holds_from_then_on(settings: Settings, tmp_path: Path) -> None:
    claim_sources(settings)
    other = settings.model_copy(update={"transactions": str(tmp_path)})
    claim_sources(other, switch=True)
    claim_sources(other)
    with pytest.raises(AiecoError):
        claim_sources(settings)


def test_a_source_that_is_not_there_is_refused_before_it_is_claimed(settings: Settings, tmp_path: Path) -> None:
    for name, variable in (("documents", "AIECO_DOCUMENTS"), ("transactions", "AIECO_TRANSACTIONS")):
        with pytest.raises(AiecoError, match=variable):
            check_sources(settings.model_copy(update={name: str(tmp_path / "nowhere")}))


@pytest.mark.parametrize("kind", [DOCUMENTS, TRANSACTIONS])
def test_a_declared_source_that_is_not_there_is_refused_by_its_name(
    settings: Settings, kind: str, tmp_path: Path
) -> None:
    declared = declared_source(kind, "web", "nowhere", tmp_path)
    with pytest.raises(AiecoError, match=declared.said):
        check_sources(settings, [declared])
    (tmp_path / "nowhere").mkdir()
    (tmp_path / "nowhere" / "a.md").write_text("# A\n")
    check_sources(settings, [declared])


def test_a_folder_without_any_document_is_no_document_source(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "table.xyz").write_text("1")
    with pytest.raises(AiecoError, match="holds no pdf"):
        check_sources(settings.model_copy(update={"documents": str(tmp_path)}))
    (tmp_path / "a.md").write_text("# A\n")
    assert check_sources(settings.model_copy(update={"documents": str(tmp_path)})) == {".xyz": 1}


def test_the_sample_needs_no_source(settings: Settings) -> None:
    check_sources(settings)


def test_a_login_is_no_part_of_a_source_and_stands_nowhere(settings: Settings) -> None:
    claim_sources(settings.model_copy(update={"transactions": "postgresql://a:hunter2@host/shop?table=sales"}))
    again = settings.model_copy(update={"transactions": "postgresql://b:hunter3@host/shop?table=sales&cursor=id"})
    claim_sources(again)
    assert source_urls(again)["transactions"] == "postgresql://host/shop?table=sales"
    assert "hunter3" not in repr(again)
    with connect(settings.warehouse) as connection:
        assert "hunter" not in str(connection.execute("select * from ops.sources").fetchall())
    with pytest.raises(AiecoError, match="was filled from transactions of postgresql://host/shop") as caught:
        claim_sources(settings.model_copy(update={"transactions": "mongodb://c:hunter4@host/shop?collection=sales"}))
    assert "hunter" not in str(caught.value)
