"""Urls that hold secrets, as they may be shown: in messages, in records, in metadata."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

# Parameters that say what is read; whatever else a url carries (passwords, tokens, options) is nobody's business.
_SHOWN = ("table", "collection")
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
