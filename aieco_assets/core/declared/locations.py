"""Where a source lies, told so that two names of one place are the same, and what lies in it is seen to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.storage.urls import shown

if TYPE_CHECKING:
    from aieco_assets.core.declared.sources import DeclaredSource

_WEB_PORTS = {"http": 80, "https": 443}
_FOLDERS = ("", "file")  # as `open_store` reads them: a path, or a url of one


def refuse_overlap(source: str, declared: Sequence[DeclaredSource]) -> None:
    """Raises AiecoError where one place lies in another, `source` among them: what it holds would be read twice, the
    second time under a name that no rule of the first knows."""
    named = [(source, ""), *((one.url, f" (source {one.name})") for one in declared)]
    places = [(f"{shown(url)}{declaration}", _place(url)) for url, declaration in named]
    for (inner, at), (outer, around) in permutations(places, 2):
        if at == around:
            raise AiecoError(f"{outer} and {inner} are one place, and both are read: declare another, or none.")
        if at[: len(around)] == around:
            raise AiecoError(f"{inner} lies in {outer}, and both are read: declare a place outside of it, or none.")


def checked_url(url: str, mend: str) -> SplitResult:
    """The parts of a url. Raises AiecoError, without a word of it, for one that none can be told of: a password with
    a / in it makes a host of its beginning, which would be shown."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # looked at only now
    except ValueError:
        raise AiecoError(
            f"The url can't be read: mend {mend}; a user or password has @ as %40, / as %2F, ? as %3F, # as %23, : as "
            "%3A, and an address in [ ] is whole."
        ) from None
    return parts


def checked_path(path: str, root: Path, mend: str) -> str:
    """A path, a relative one of the folder `root`. Raises AiecoError for one that there can't be."""
    try:
        if "\0" in path:
            raise RuntimeError
        return str(root / Path(path).expanduser())
    except RuntimeError:
        raise AiecoError(f"{path!r} is no path, or of a user whom this machine has not: mend {mend}.") from None


def _place(url: str) -> tuple[object, ...]:
    """From the outermost folder to the innermost; a place lies in another whose parts it begins with."""
    scheme = _scheme(url)
    if scheme in _FOLDERS or len(scheme) == 1:
        return ("file", *_folders(urlsplit(url).path if scheme == "file" else url))
    if scheme != "s3" and scheme not in _WEB_PORTS:
        return (scheme, url)  # a database: no folder lies in it, and with several hosts its url is none to others
    parts = checked_url(url, "the setting or `folder` that names it")
    host = parts.hostname or ""
    if scheme in _WEB_PORTS:
        port = "" if parts.port in (None, *_WEB_PORTS.values()) else parts.port
        return ("http", _ascii(host.rstrip(".")), port, *_without_dots(unquote(parts.path)))
    # A store of objects knows no "..": it is a part of the key.
    return (scheme, host, *(name for name in parts.path.split("/") if name))


def _scheme(url: str) -> str:
    """As the stores find it: without capitals, blanks in front and line ends within."""
    try:
        return urlsplit(url).scheme
    except ValueError:
        return url.partition("://")[0].strip().lower() if "://" in url else ""


def _folders(path: str) -> Iterator[object]:
    """Each as the disk tells it from others, not by its name: of that there are several where case does not count."""
    try:
        whole = Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise AiecoError(f"{path} can't be found on this disk ({error}): mend the path, or its links.") from None
    for folder in (*reversed(whole.parents), whole):
        try:
            found = folder.stat()
        except OSError:  # not there yet, or not for us to see
            yield folder.name
        else:
            yield found.st_dev, found.st_ino


def _without_dots(path: str) -> list[str]:
    kept: list[str] = []
    for name in path.split("/"):
        if name == "..":
            del kept[-1:]
        elif name not in ("", "."):
            kept.append(name)
    return kept


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
