"""What a bucket's store says when it is away, refuses, or has lost an object; moto's server stands in for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aieco_assets.core.errors import AiecoError, Unavailable, is_passing, named
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import FolderStore, ObjectStore, open_store
from tests.e2e.apart.servers import AWS, BUCKET, Process, s3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with s3(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def store(server: Process, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    return bucket(server, monkeypatch, BUCKET)


def bucket(server: Process, monkeypatch: pytest.MonkeyPatch, name: str) -> ObjectStore:
    for variable, value in AWS.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    return open_store(f"s3://{name}/lake", Settings(s3_endpoint_url=server.url, _env_file=None))  # type: ignore[call-arg]


def test_a_store_that_was_killed_is_named_by_whatever_is_asked_of_it_and_has_lost_nothing_when_it_is_back(
    store: ObjectStore, server: Process
) -> None:
    store.put("a", b"one")
    sentence = (
        f"The S3 store s3://{BUCKET}/lake at {server.url} does not answer: start it, or mend AIECO_S3_ENDPOINT_URL."
    )
    server.kill()
    for ask in (
        lambda: store.put("b", b""),
        lambda: store.get("a"),
        lambda: store.exists("a"),
        lambda: store.list(),
        lambda: store.size("a"),
        lambda: store.delete("a"),
    ):
        with pytest.raises(Unavailable) as told:
            ask()
        assert (str(told.value), is_passing(told.value)) == (sentence, True)
    server.start()
    assert (store.list(), store.get("a")) == (["a"], b"one")


class WebPage(BaseHTTPRequestHandler):
    """Answers everything, as a console or a portal before the network does."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", "14")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"<html>!</html>")

    do_PUT = do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None: ...


def test_a_web_page_at_the_store_s_address_is_no_bucket_that_keeps_what_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable, value in AWS.items():
        monkeypatch.setenv(variable, value)
    with ThreadingHTTPServer(("127.0.0.1", 0), WebPage) as page:
        threading.Thread(target=page.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{page.server_port}"
        store = open_store("s3://shop/lake", Settings(s3_endpoint_url=url, _env_file=None))  # type: ignore[call-arg]
        for ask in (lambda: store.put("a", b"1"), lambda: store.get("a"), store.list, lambda: store.exists("a")):
            with pytest.raises(AiecoError, match=f"What answers at {url} is no S3 store"):
                ask()
        page.shutdown()


def test_a_bucket_that_is_not_there_is_named(server: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = bucket(server, monkeypatch, "elsewhere")
    for ask in (lambda: absent.put("a", b""), lambda: absent.get("a"), lambda: absent.list()):
        with pytest.raises(AiecoError, match=r"s3://elsewhere/lake at http://\S+ refuses \(NoSuchBucket\): mend"):
            ask()


def test_a_name_that_no_bucket_can_have_is_no_store_that_is_away(
    server: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AiecoError, match=r"s3://not_a\+bucket/lake at \S+ can't be asked \(.*bucket.*\): mend") as told:
        bucket(server, monkeypatch, "not_a+bucket").get("a")
    assert not is_passing(told.value)


def test_an_endpoint_that_is_no_address_is_named() -> None:
    with pytest.raises(AiecoError, match="nonsense is no address of an S3 store: mend AIECO_S3_ENDPOINT_URL"):
        open_store(f"s3://{BUCKET}/lake", Settings(s3_endpoint_url="nonsense", _env_file=None))  # type: ignore[call-arg]


def test_without_credentials_it_is_said_which_are_missing(
    server: Process, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # it remembers those of other tests
    for variable in AWS:
        monkeypatch.delenv(variable, raising=False)
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    nobody = open_store(f"s3://{BUCKET}/lake", Settings(s3_endpoint_url=server.url, _env_file=None))  # type: ignore[call-arg]
    with pytest.raises(AiecoError, match=r"no credentials for the S3 store .*: set AWS_ACCESS_KEY_ID"):
        nobody.get("a")


def test_an_object_that_is_gone_is_a_file_that_is_gone_in_a_bucket_as_in_a_folder(
    store: ObjectStore, tmp_path: Path
) -> None:
    for one in (store, FolderStore(tmp_path)):
        with pytest.raises(FileNotFoundError):
            one.get("gone")
        with pytest.raises(FileNotFoundError):
            one.size("gone")


@pytest.mark.parametrize(
    ("error", "sentence", "passes"),
    [
        (
            RuntimeError(
                "lance error: LanceError(IO): Generic S3 error: Error performing list request: Error performing GET "
                "http://127.0.0.1:34793/company?list-type=2 in 584.8ms, after 3 retries, max_retries: 3, "
                "retry_timeout: 180s  - HTTP error: error sending request"
            ),
            "The S3 store of AIECO_LANCEDB_URL at http://127.0.0.1:34793 does not answer: start it, or mend "
            "AIECO_S3_ENDPOINT_URL.",
            True,
        ),
        (
            ValueError(
                'Failed to connect to namespace: IO { source: Generic { store: "S3", source: ListRequest { source: '
                "RetryError(RetryErrorImpl { method: GET, uri: Some(http://s3.example/b?list-type=2), inner: "
                "Http(HttpError { kind: Connect"
            ),
            "The S3 store of AIECO_LANCEDB_URL at http://s3.example does not answer: start it, or mend "
            "AIECO_S3_ENDPOINT_URL.",
            True,
        ),
        (
            RuntimeError(
                "lance error: LanceError(IO): Generic S3 error: Error performing GET https://s3.example/b/t.lance in "
                "4ms - Server returned non-2xx status code: 403 Forbidden: AccessDenied"
            ),
            "The S3 store of AIECO_LANCEDB_URL at https://s3.example refuses what is asked: mend AIECO_LANCEDB_URL, or "
            "the S3 credentials.",
            False,
        ),
    ],
)
def test_what_lancedb_says_of_its_store_becomes_one_sentence(error: Exception, sentence: str, passes: bool) -> None:
    assert (str(named(error)), is_passing(named(error))) == (sentence, passes)


def test_any_other_error_stays_as_it_is() -> None:
    error = RuntimeError("lance error: Invalid user input: no such column at http://example.org")
    assert named(error) is error
