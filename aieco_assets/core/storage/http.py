"""A folder that a web server lists (nginx, Apache, `python -m http.server` …), read like any other folder."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote, urljoin, urlsplit

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.storage.listing import listed_names
from aieco_assets.core.storage.urls import scrubbed, shown

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 2**29  # of one file
_MAX_LISTING_BYTES = 2**24
_MAX_FOLDERS = 1000
_TRIES = 3
_HEADERS = {"user-agent": "aieco", "accept-encoding": "identity"}
_Answer = TypeVar("_Answer")
_RACY_S = 2.0  # Last-Modified counts seconds: what was written a moment ago may change again under the same one


@dataclass(frozen=True)
class HttpFile:
    """What a server says of one file. `stamp` changes when the content does; empty: it can't be told, read the file.

    `modified`: epoch seconds, 0 when unknown; `age_s`: seconds since then by the server's clock, endless when unknown.
    """

    key: str
    bytes: int
    stamp: str
    modified: float
    age_s: float


class HttpStore:
    """The files below one address. Keys are paths relative to it; links that lead elsewhere are not followed.

    Raises AiecoError when the address is no listing or the server does not answer, also after some tries.
    """

    def __init__(self, url: str, variable: str) -> None:
        parts = urlsplit(url)
        self._given, self._variable = url, variable
        self._root = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}/"
        if parts.query or parts.fragment or not parts.hostname:
            raise AiecoError(f"{shown(url)} has to be a host and a folder, nothing else: mend {variable}.")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        self._login = (user, password) if user or password else None
        self._opened: httpx.Client | None = None

    def get(self, key: str) -> bytes:
        """Raises FileNotFoundError when the file is gone, OSError when the server won't give it or it is too large."""
        return self._body(self.url(key), MAX_BYTES, packed=True)[1]

    def exists(self, key: str) -> bool:
        return self._tried(lambda client: _settled(client.head(self.url(key)))).is_success

    def list(self, prefix: str = "") -> list[str]:
        """Sorted keys of the folder `prefix` itself; what lies in folders below it is not among them."""
        return sorted(self._links(prefix)[0])

    def walk(self) -> list[HttpFile]:
        """Every file here and in the folders below."""
        folders, files = [""], []
        for folder in folders:
            found, below = self._links(folder)
            files += found
            folders += sorted(set(below).difference(folders))
            if len(folders) > _MAX_FOLDERS:
                raise AiecoError(f"{shown(self._root)} has over {_MAX_FOLDERS} folders: set {self._variable} to one.")
        return self.look(sorted(set(files)))

    def look(self, keys: list[str]) -> list[HttpFile]:
        """What the server says of these files, without reading them."""
        with ThreadPoolExecutor(8) as pool:
            return [*pool.map(self._look, keys)]

    def age_s(self, key: str) -> float:
        """Seconds since the file was last written to; endless when the server does not say."""
        return self._look(key).age_s

    def url(self, key: str) -> str:
        return self._root + quote(key)

    def close(self) -> None:
        if self._opened:
            self._opened.close()

    def _links(self, folder: str) -> tuple[list[str], list[str]]:
        """Keys of the files and of the folders ("a/") that the listing of one folder links to."""
        base = self.url(folder)
        try:
            headers, body = self._body(base, _MAX_LISTING_BYTES, packed=False)
        except OSError as error:
            raise AiecoError(
                f"{shown(base)} cannot be read ({error.strerror}): mend {self._variable} or the server."
            ) from None
        if "html" not in (kind := headers.get("content-type", "")):
            raise AiecoError(
                f"{shown(base)} is no listing of files (it is {kind or 'of no known type'}): "
                f"set {self._variable} to a folder that the server lists."
            )
        files, folders = listed_names(body, base)
        return [folder + name for name in files], [folder + name for name in folders]

    def _look(self, key: str) -> HttpFile:
        def ask(client: httpx.Client) -> httpx.Headers:
            answer = _settled(client.head(self.url(key)))
            # A server that knows no HEAD, or a file that is gone: reading it will tell.
            return answer.headers if answer.is_success else type(answer.headers)()

        headers = self._tried(ask)
        modified, now = _time(headers.get("last-modified")), _time(headers.get("date"))
        age = (now or datetime.now(timezone.utc).timestamp()) - modified if modified else math.inf
        says = (headers.get("etag", ""), headers.get("last-modified", ""), headers.get("content-length", ""))
        certain = (says[0] and not says[0].startswith("W/")) or modified
        stamp = sha256("\0".join((self.url(key), *says)).encode()).hexdigest() if certain and age >= _RACY_S else ""
        return HttpFile(key, int(says[2]) if says[2].isdigit() else -1, stamp, modified, age)

    def _body(self, url: str, limit: int, packed: bool) -> tuple[httpx.Headers, bytes]:
        def read(client: httpx.Client) -> tuple[httpx.Headers, bytes]:
            with client.stream("GET", url) as answer:
                _settled(answer)
                if answer.status_code in (404, 410):
                    raise FileNotFoundError(2, f"the server answers {answer.status_code}, not found")
                if answer.is_redirect:
                    place = shown(urljoin(url, answer.headers.get("location", "")))
                    raise OSError(5, f"the server sends on to {place}, which is not followed")
                if not answer.is_success:
                    raise OSError(5, f"the server answers {answer.status_code} {answer.reason_phrase}".strip())
                # Some servers call a .csv.gz file a packed .csv; its bytes are wanted as they lie there.
                return answer.headers, _limited(answer.iter_raw() if packed else answer.iter_bytes(), limit)

        return self._tried(read)

    def _tried(self, ask: Callable[[httpx.Client], _Answer]) -> _Answer:
        import httpx
        import tenacity

        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((httpx.TransportError, _Busy)),
            stop=tenacity.stop_after_attempt(_TRIES),
            wait=tenacity.wait_exponential(multiplier=0.2, max=5),
            reraise=True,
        )
        try:
            return tries(ask, self._client())
        except (httpx.HTTPError, httpx.InvalidURL, _Busy) as error:
            reason = scrubbed(str(error) or type(error).__name__, self._given)
            raise AiecoError(
                f"{shown(self._given)} does not answer ({reason}): start the server, or mend {self._variable}."
            ) from None

    def _client(self) -> httpx.Client:
        import httpx

        if self._opened is None:
            timeout = httpx.Timeout(60, connect=10)
            # The login is given apart: httpx logs the address of every request.
            self._opened = httpx.Client(auth=self._login, timeout=timeout, headers=_HEADERS)
        return self._opened


class _Busy(Exception):
    """An answer that may be another one in a moment."""


def _settled(answer: httpx.Response) -> httpx.Response:
    if answer.status_code == 429 or (answer.status_code >= 500 and answer.status_code not in (501, 505)):
        raise _Busy(f"{answer.status_code} {answer.reason_phrase}".strip())
    return answer


def _limited(chunks: Iterable[bytes], limit: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > limit:
            raise OSError(27, f"it is larger than {limit // 2**20} MiB")
    return bytes(body)


def _time(header: str | None) -> float:
    """Epoch seconds of an HTTP date, 0 when there is none."""
    try:
        return parsedate_to_datetime(header).timestamp() if header else 0.0
    except ValueError:
        return 0.0
