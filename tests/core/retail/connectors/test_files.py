"""Transaction files that a web server lists: only what changed is fetched, and broken things are told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail import pending_days
from aieco_assets.core.retail.checks import lost_rows
from aieco_assets.core.settings import Settings
from tests.core.retail.connectors.conftest import land
from tests.core.retail.test_landing import HEADER, A, B, C
from tests.core.storage.listings import WebServer, reply, serving


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebServer]:
    (tmp_path / "site").mkdir()
    with serving(tmp_path / "site") as found:
        put(found, "1.csv", A)
        put(found, "2.csv", B, "broken")
        put(found, "notes.txt", "none")
        yield found


def put(site: WebServer, name: str, *lines: str, age_s: float = 60) -> None:
    path = site.folder / name
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    moment = path.stat().st_mtime - age_s
    os.utime(path, (moment, moment))


@pytest.fixture
def listed(settings: Settings, site: WebServer) -> Settings:
    url = site.url.replace("//", "//clerk:hunter2@")
    return settings.model_copy(update={"transactions": url})


def test_files_of_a_listing_land_as_those_of_a_folder(settings: Settings, listed: Settings, site: WebServer):
    result = land(listed)
    assert (result.read, result.loaded, result.rejected, [*result.quarantined_files]) == (3, 2, 1, ["notes.txt"])
    assert lost_rows(listed) == []
    folder = {"transactions": str(site.folder), "lake_url": str(settings.home / "other")}
    from aieco_assets.core.storage.postgres import connect

    with connect(settings.warehouse) as connection:
        connection.execute("truncate lake.transaction_days, lake.transaction_files")
    assert land(settings.model_copy(update=folder)).content_sha256 == result.content_sha256


def test_only_what_changed_is_fetched_again(listed: Settings, site: WebServer):
    land(listed)
    site.got()
    assert not pending_days(listed)
    # What was set aside is looked at each time, as nobody knows what will be made of it.
    assert site.got() == ["notes.txt"]
    put(site, "2.csv", B, C, age_s=30)
    put(site, "3.csv", C)
    assert [str(day) for day in pending_days(listed).days] == ["2010-12-02", "2010-12-03"]
    assert site.got() == ["2.csv", "3.csv", "notes.txt"]
    land(listed)
    site.got()
    (site.folder / "2.csv").unlink()
    assert [str(day) for day in land(listed).days] == ["2010-12-02", "2010-12-03"]
    assert set(site.got()) == {"3.csv", "notes.txt"}


def test_a_copy_counts_again_when_the_first_is_gone(listed: Settings, site: WebServer):
    put(site, "1 copy.csv", B, "broken")
    assert land(listed).quarantined_files["2.csv"] == "it has the same content as 1 copy.csv"
    assert land(listed).quarantined_files["2.csv"] == "it has the same content as 1 copy.csv"
    (site.folder / "1 copy.csv").unlink()
    assert (land(listed).read, "2.csv" in land(listed).quarantined_files) == (3, False)


def test_a_file_of_this_moment_is_fetched_until_its_stamp_can_be_trusted(listed: Settings, site: WebServer):
    put(site, "2.csv", B, age_s=0)
    land(listed)
    site.got()
    land(listed)
    assert "2.csv" in site.got()


def test_a_file_that_is_still_being_written_waits(listed: Settings, site: WebServer):
    (site.folder / "3.csv").write_text(f"{HEADER}\n{C}\n{A[:20]}")
    assert pending_days(listed).waiting == ("3.csv",)
    assert land(listed).read == 3


def test_a_file_that_the_server_will_not_give_ends_the_run_before_anything_is_written(
    listed: Settings, site: WebServer
):
    site.answer = lambda request: request.path == "/2.csv" and reply(request, 403)
    with pytest.raises(AiecoError, match=r"/2.csv cannot be read \(the server answers 403 Forbidden\)") as caught:
        land(listed)
    assert "hunter2" not in str(caught.value)
    assert not Path(listed.lake).exists()


def test_a_page_without_transaction_files_is_refused(listed: Settings, site: WebServer):
    site.answer = lambda request: request.path == "/" and reply(request, 200, b"<p>Hello</p>", content_type="text/html")
    with pytest.raises(AiecoError, match=r"holds no \.csv, .* files: set AIECO_TRANSACTIONS") as caught:
        pending_days(listed)
    assert "hunter2" not in str(caught.value)
