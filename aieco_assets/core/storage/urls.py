"""Urls that hold secrets, as they may be shown: in messages, in records, in metadata."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

# Parameters that say what is read; whatever else a url carries (passwords, tokens, options) is nobody's business.
_SHOWN = ("table", "collection")
_HALF_ENCODED = re.compile("%(?![0-9A-Fa-f]{2})")
_SECRET = re.compile("pass|secret|token|key|credential|signature|sig$", re.IGNORECASE)


def shown(url: str) -> str:
    """The url without user, password and parameters that do not name what is read. A folder stays as it is."""
    if "://" not in url:
        return url
    try:
        parts = urlsplit(url)
        kept = [(name, value) for name, value in parse_qsl(parts.query) if name in _SHOWN]
    except ValueError:
        return f"the given {url.partition('://')[0]} url"
    # geturl() would drop the empty host of sqlite:///file.
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return f"{place}?{urlencode(kept, safe='./')}" if kept else place


def scrubbed(text: str, url: str) -> str:
    """The text without any secret that the url holds, however a library wrote it."""
    try:
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0]
        values = [login.partition(":")[2], *(value for name, value in parse_qsl(parts.query) if _SECRET.search(name))]
    except ValueError:
        return "its url cannot be read"
    if login:
        text = text.replace(f"{login}@", "")
    secrets = {form for value in values for form in (value, unquote(value), quote(value, safe="")) if form}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def why_unreadable(url: str) -> str:
    """Why a Postgres url is none, or would be read by one library as another than by the next; empty: it is fine.

    A password with @ or / in it makes another host of its end, which messages would then show: the sentence holds
    nothing of the url.
    """
    if not url:
        return ""
    if not url.startswith("postgresql://"):  # Dagster and MLflow know no postgres://
        return "it begins with postgresql://"
    try:
        place = urlsplit(url).netloc
    except ValueError:
        return "its host can't be read"
    rest = url.partition("://")[2].removeprefix(place)
    if place.count("@") > 1 or (place and "@" in rest) or _HALF_ENCODED.search(place):
        return "what stands before the host must have @ as %40, / as %2F, ? as %3F, # as %23 and % as %25"
    return ""
