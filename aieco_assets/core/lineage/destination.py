"""Where OpenLineage events go: AIECO_LINEAGE, a file or a collector, checked before anything is sent there."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

_ENDPOINT = "/api/v1/lineage"  # where OpenLineage's own HTTP API takes events
_GIVE = "give file:///folder/events.jsonl or https://host"


@dataclass(frozen=True)
class Destination:
    """`path` of a file, or `url` of a collector; the other one is empty. Neither holds a secret."""

    url: str = ""
    path: str = ""

    @property
    def name(self) -> str:
        """For people."""
        return self.path or self.url

    @property
    def digest(self) -> str:
        """What progress is kept under: another destination begins with the first event."""
        return sha256(self.name.encode()).hexdigest()


def destination_of(text: str) -> Destination:
    """Raises ValueError, which says what is wrong, for what events must not be sent to.

    A collector is spoken to over TLS, or on this machine: events quote documents. The key has a setting of its own, for
    addresses are shown and logged.
    """
    parts = urlsplit(text)
    if parts.scheme == "file":
        path = unquote(parts.path)
        if parts.netloc not in ("", "localhost") or not path.startswith("/") or path.endswith("/"):
            raise ValueError(f"it names no file of this machine: {_GIVE}")
        return Destination(path=str(Path(path)))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"it is neither a file nor a collector: {_GIVE}")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("it holds a login or parameters: the collector's key belongs into AIECO_LINEAGE_KEY")
    _ = parts.port  # raises ValueError for one that is none
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise ValueError("http:// is for a collector on this machine: use https://")
    return Destination(url=f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or _ENDPOINT}")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
