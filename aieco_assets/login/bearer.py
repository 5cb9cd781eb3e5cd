"""Programs, which have no session: by a personal access token they act as its user; by a key they reach the service,
which checks it itself; and by the login's secret the service brings its traces to MLflow."""

from __future__ import annotations

import hmac
from typing import Any, Literal

from starlette.datastructures import Headers

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login import paths
from aieco_assets.core.governance.login.attempts import Attempts
from aieco_assets.core.governance.login.recording import UNKNOWN, Recorder
from aieco_assets.core.governance.login.roles import Person
from aieco_assets.core.governance.login.tokens import SHAPE, Tokens
from aieco_assets.login.refusals import Refused

TRACES = "/mlflow/v1/traces"
_CHALLENGE = {"www-authenticate": "Bearer"}


def bearer_of(headers: Headers) -> str:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


class Bearers:
    """`attempts`: those of tokens alone, so that a program with an old one keeps nobody from logging in."""

    def __init__(self, tokens: Tokens, attempts: Attempts, recorder: Recorder, secret: str) -> None:
        self._tokens, self._attempts, self._recorder, self._secret = tokens, attempts, recorder, secret

    def person(self, scope: Any, headers: Headers) -> Person | None:
        """Whose token a request brings; None where it brings none. Raises Refused for one that does not count.

        No page of another site can send it for somebody: a browser adds cookies by itself, and never this header. So
        nothing is asked for but the token, and a request with cookies, which could stand for somebody else, is refused.
        """
        given = bearer_of(headers)
        shape = SHAPE.fullmatch(given)
        if shape is None:
            return None
        if "cookie" in headers:
            raise Refused(400, "A request has a token or cookies, and never both.")
        identity, address = shape["id"], (scope.get("client") or ("",))[0]
        if wait := self._attempts.wait(identity, address):
            raise Refused(429, f"Too many tries: wait {wait} seconds.", {"retry-after": str(wait)})
        try:
            token = self._tokens.find(given)
            person = self._tokens.person(token) if token else None
        except AiecoError as error:
            raise Refused(503, str(error)) from None
        if token is None:
            self._attempts.failed(identity, address)
            self._recorder.note(UNKNOWN, "login_failed", "token", {"address": address})
            raise Refused(401, "This token is not known: `aieco user token NAME` makes one.", _CHALLENGE)
        if person is None:
            raise Refused(401, f"This token is over: `aieco user token {token.user}` makes another.", _CHALLENGE)
        self._recorder.note(person.name, "token_used", f"token:{token.id}", {"address": address, "role": person.role})
        return person

    def machine(self, scope: Any, headers: Headers) -> Literal["", "mlflow", "service"]:
        """The part that a program without a session and a token may ask."""
        given = bearer_of(headers)
        if not given:
            return ""
        if self._secret and hmac.compare_digest(given.encode("latin-1"), self._secret.encode()):
            return "mlflow" if (scope["path"], scope["method"]) == (TRACES, "POST") else ""
        return "service" if paths.part_of(scope["path"]) == "service" else ""
