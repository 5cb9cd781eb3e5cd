"""Listings of real web servers: what is a file of a folder, and what is said when there is none."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.storage import http
from aieco_assets.core.storage.http import HttpStore
from aieco_assets.core.storage.listing import listed_names
from aieco_assets.core.storage.objects import source_store
from tests.core.storage.listings import WebServer, reply, serving

HERE = "http://shop.example/in/"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebServer]:
    (tmp_path / "site").mkdir()
    with serving(tmp_path / "site") as found:
        yield found


def written(site: WebServer, name: str, content: bytes = b"x", age_s: float = 60) -> Path:
    path = site.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    moment = path.stat().st_mtime - age_s
    os.utime(path, (moment, moment))
    return path


def store(site: WebServer) -> HttpStore:
    return HttpStore(site.url, "AIECO_TRANSACTIONS")


def test_a_listing_of_nginx():
    page = (
        b'<html><head><title>Index of /in/</title></head><body><h1>Index of /in/</h1><hr><pre><a href="../">../</a>\n'
        b'<a href="old/">old/</a>      01-Dec-2010 08:26      -\n'
        b'<a href="a%20very%20long%20name%20of%20a%20file.csv">a very long name o..&gt;</a>  01-Dec-2010 08:26  12\n'
        b"</pre></body></html>"
    )
    assert listed_names(page, HERE) == (["a very long name of a file.csv"], ["old/"])


def test_a_listing_of_apache():
    page = (
        b'<table><tr><th><a href="?C=N;O=D">Name</a></th></tr><tr><td><a href="/">Parent Directory</a></td></tr>'
        b'<tr><td><a href="2010-12-01.csv">2010-12-01.csv</a></td></tr>'
        b'<tr><td><a href="/in/caf%C3%A9.csv">x</a><a href="2010-12-01.csv">again</a></td></tr></table>'
    )
    assert listed_names(page, HERE) == (["2010-12-01.csv", "caf\u00e9.csv"], [])


@pytest.mark.parametrize(
    "link",
    ["http://elsewhere.example/in/a.csv", "//elsewhere.example/in/a.csv", "/other/a.csv", "../a.csv", "b/../../a.csv",
     "sub/a.csv", "sub%2Fa.csv", "%2e%2e/", "..%2Fa.csv", "javascript:alert(1)", "a.csv#top", "mailto:a@b", "./", "http://["],
)  # fmt: skip
def test_links_that_lead_elsewhere_are_no_files_of_the_folder(link: str):
    assert listed_names(f'<a href="{link}">a.csv</a>'.encode(), HERE) == ([], [])


def test_files_are_listed_read_and_known_by_stamps(site: WebServer):
    path = written(site, "b \u00e9#1.csv", b"one")
    written(site, "a.csv")
    assert store(site).list() == ["a.csv", "b \u00e9#1.csv"]
    assert store(site).get("b \u00e9#1.csv") == b"one"
    (before,) = store(site).look(["b \u00e9#1.csv"])
    assert (before.bytes, store(site).look([before.key])[0].stamp) == (3, before.stamp)
    path.write_bytes(b"two")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    (after,) = store(site).look([before.key])
    assert after.stamp not in ("", before.stamp)


def test_a_file_of_this_moment_has_no_stamp(site: WebServer):
    written(site, "a.csv", age_s=0)
    assert store(site).look(["a.csv"])[0].stamp == ""


def test_a_server_that_says_nothing_of_its_files_gives_no_stamps(site: WebServer):
    written(site, "a.csv")
    site.answer = lambda request: request.command == "HEAD" and reply(request, 405)
    (found,) = store(site).look(["a.csv"])
    assert (found.stamp, found.bytes, store(site).get("a.csv")) == ("", -1, b"x")


def test_folders_below_are_walked_once(site: WebServer):
    written(site, "a.txt")
    written(site, "sub/b.txt")
    written(site, "sub/c.txt")
    assert [file.key for file in store(site).walk()] == ["a.txt", "sub/b.txt", "sub/c.txt"]
    assert store(site).list() == ["a.txt"]


def test_a_login_is_sent_and_not_shown(site: WebServer):
    written(site, "a.csv")
    expected = "Basic " + base64.b64encode(b"clerk:hunter@2").decode()
    site.answer = lambda request: request.headers.get("authorization") != expected and reply(request, 401)
    with_login = site.url.replace("//", "//clerk:hunter%402@")
    assert HttpStore(with_login, "AIECO_TRANSACTIONS").list() == ["a.csv"]
    assert HttpStore(with_login, "AIECO_TRANSACTIONS").url("a.csv") == f"{site.url}/a.csv"
    with pytest.raises(AiecoError, match="answers 401 Unauthorized") as caught:
        source_store(site.url.replace("//", "//clerk:wrong-one@"), "AIECO_TRANSACTIONS")
    assert "wrong-one" not in str(caught.value) and "clerk" not in str(caught.value)


def test_a_server_that_is_busy_is_asked_again(site: WebServer):
    written(site, "a.csv", b"whole")
    busy = [503, 429]
    site.answer = lambda request: bool(busy) and reply(request, busy.pop())
    assert store(site).get("a.csv") == b"whole"
    busy += [500] * 9
    with pytest.raises(AiecoError, match=r"does not answer \(500 Internal Server Error\): start the server, or mend"):
        store(site).get("a.csv")
    assert len(busy) == 6


def test_what_a_server_will_not_give_is_told(site: WebServer, monkeypatch: pytest.MonkeyPatch):
    written(site, "a.csv", b"x" * 2**20)
    with pytest.raises(FileNotFoundError):
        store(site).get("gone.csv")
    monkeypatch.setattr(http, "MAX_BYTES", 2**20 - 1)
    with pytest.raises(OSError, match="larger than"):
        store(site).get("a.csv")
    site.answer = lambda request: reply(request, 302, location="https://u:secret@elsewhere.example/a.csv?token=t0p")
    with pytest.raises(OSError, match=r"sends on to https://elsewhere.example/a.csv, which is not followed"):
        store(site).get("a.csv")


def test_what_is_no_listing_is_refused(site: WebServer):
    def refused(url: str) -> str:
        with pytest.raises(AiecoError) as caught:
            source_store(url, "AIECO_DOCUMENTS")
        return str(caught.value)

    written(site, "a.json", b"{}")
    site.answer = lambda request: (
        request.path == "/a.json/" and reply(request, 200, b"{}", content_type="application/json")
    )
    assert "is no listing of files (it is application/json): set AIECO_DOCUMENTS" in refused(f"{site.url}/a.json")
    assert "the server answers 404, not found): mend AIECO_DOCUMENTS" in refused(f"{site.url}/nowhere")
    assert "does not answer" in refused("http://127.0.0.1:1/in")
    assert "has to be a host and a folder" in refused(f"{site.url}/?token=t0p-secret")
    assert "t0p-secret" not in refused(f"{site.url}/?token=t0p-secret")
