"""One behaviour for folders and buckets; the bucket is moto's S3 server, spoken to over HTTP."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.connectors.files import Files
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import FolderStore, ObjectStore, open_store, source_store


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    if request.param == "folder":
        return open_store(str(tmp_path / "lake"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    settings = Settings(s3_endpoint_url=request.getfixturevalue("s3_endpoint"), _env_file=None)
    opened = open_store(f"s3://bucket-{tmp_path.name.replace('_', '-')[:30].lower()}/pre/fix", settings)
    opened.client.create_bucket(Bucket=opened.bucket)  # type: ignore[attr-defined]
    return opened


def test_what_is_put_is_got_listed_and_deleted(store: ObjectStore) -> None:
    store.put("a/1.txt", b"one")
    store.put("a/2.txt", b"two")
    store.put("b.txt", b"")
    assert store.get("a/1.txt") == b"one"
    assert store.list("a/") == ["a/1.txt", "a/2.txt"]
    assert store.list() == ["a/1.txt", "a/2.txt", "b.txt"]
    store.delete("a/1.txt")
    assert not store.exists("a/1.txt")
    assert store.exists("a/2.txt")


def test_a_put_overwrites(store: ObjectStore) -> None:
    store.put("k", b"old")
    store.put("k", b"new")
    assert store.get("k") == b"new"


def test_an_empty_store_lists_nothing(store: ObjectStore) -> None:
    assert store.list("nothing/here/") == []


def test_a_half_written_file_of_a_killed_process_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / ".writing-abc").write_bytes(b"half")
    store = FolderStore(tmp_path)
    store.put("whole", b"1")
    assert store.list() == ["whole"]


@pytest.mark.parametrize("key", ["../escape", "/etc/passwd", "a/../../b", ""])
def test_a_key_cannot_leave_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError):
        FolderStore(tmp_path).put(key, b"x")


def test_many_writers_of_one_key_leave_one_whole_value(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    values = [bytes([n]) * 100_000 for n in range(8)]
    threads = [threading.Thread(target=store.put, args=("k", value)) for value in values]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("k") in values


def test_a_missing_source_folder_is_named_with_its_variable(tmp_path: Path) -> None:
    with pytest.raises(AiecoError, match=r"nowhere is not a folder: set AIECO_DOCUMENTS"):
        source_store(str(tmp_path / "nowhere"), "AIECO_DOCUMENTS")


def test_a_source_in_a_folder_that_may_not_be_entered_is_named(tmp_path: Path, unprivileged: None) -> None:
    (tmp_path / "shop" / "sales").mkdir(parents=True)
    (tmp_path / "shop").chmod(0)
    mend = r"/sales\S* cannot be read: mend its permissions, or set AIECO_TRANSACTIONS to another folder"
    for source in ("sales", "sales/day.csv"):
        with pytest.raises(AiecoError, match=mend):
            Files(Settings(transactions=str(tmp_path / "shop" / source), _env_file=None))  # type: ignore[call-arg]
    (tmp_path / "shop").chmod(0o755)


def test_an_unknown_kind_of_url_is_refused() -> None:
    with pytest.raises(AiecoError, match="ftp://host/x is not a folder or an s3:// url"):
        open_store("ftp://host/x")
