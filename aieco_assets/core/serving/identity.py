"""How the login tells the service who asks: by a header, beside a key that only the two of them have."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from aieco_assets.core.governance.login.roles import Person
from aieco_assets.core.serving.keys import SCOPES, ApiKey

HEADER = "x-aieco-person"


def identity_of(person: Person) -> str:
    """Name, scopes and groups as the header has them."""
    told = {"name": person.name, "scopes": list(person.scopes), "groups": sorted(person.groups)}
    return urlsafe_b64encode(json.dumps(told).encode()).decode()


def read_identity(text: str) -> ApiKey | None:
    """The person as the service knows whoever asks: with the rights of a key of theirs; None for what is none."""
    try:
        told = json.loads(urlsafe_b64decode(text.encode()))
        name, scopes, groups = told["name"], frozenset(told["scopes"]), frozenset(told["groups"])
    except (ValueError, KeyError, TypeError):
        return None
    right = isinstance(name, str) and name and scopes <= set(SCOPES) and all(isinstance(one, str) for one in groups)
    return ApiKey(name, scopes, b"", groups) if right else None
