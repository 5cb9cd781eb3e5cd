"""A stand-in for an OpenID Connect provider: real HTTP on loopback, keys of its own, and ids that a test can spoil."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, CLIENT_SECRET = "aieco", "secret of the client"


def encoded(told: bytes | dict[str, Any]) -> str:
    """As base64 without padding; an object as JSON."""
    data = told if isinstance(told, bytes) else json.dumps(told).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class StandInProvider:
    """`claims`: what it says of whoever logs in. `spoil` gets (header, claims) and gives the token in their place."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.shown = [self.key]
        self.claims: dict[str, Any] = {"email": "anna@example.org", "groups": ["platform", "hr"]}
        self.spoil: Callable[[dict[str, Any], dict[str, Any]], str] = lambda header, claims: self.signed(header, claims)
        self.description: dict[str, Any] = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
        }
        self._begun: dict[str, dict[str, str]] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._describe),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def signed(self, header: dict[str, Any], claims: dict[str, Any], key: RSAKey | None = None) -> str:
        return jwt.encode(header, claims, key or self.key)

    def unsigned(self, _: dict[str, Any], claims: dict[str, Any]) -> str:
        return f"{encoded({'alg': 'none'})}.{encoded(claims)}."

    def by_public_key(self, _: dict[str, Any], claims: dict[str, Any]) -> str:
        """A hash that whoever knows the public key can make."""
        said = f"{encoded({'alg': 'HS256', 'kid': 'one'})}.{encoded(claims)}"
        made = hmac.new(self.key.as_pem(private=False), said.encode(), hashlib.sha256).digest()
        return f"{said}.{encoded(made)}"

    def _describe(self, _: Request) -> Response:
        return JSONResponse(self.description)

    def _keys(self, _: Request) -> Response:
        return JSONResponse(KeySet([*self.shown]).as_dict(private=False))

    def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self._begun)}"
        self._begun[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def _token(self, request: Request) -> Response:
        fields = dict(parse_qsl((await request.body()).decode()))
        begun = self._begun.pop(fields.get("code", ""), None)
        given = base64.b64decode(request.headers.get("authorization", "").partition(" ")[2]).decode()
        verifier = encoded(hashlib.sha256(fields.get("code_verifier", "").encode()).digest())
        if (
            begun is None
            or verifier != begun["code_challenge"]
            or fields["redirect_uri"] != begun["redirect_uri"]
            or given.partition(":")[0] != CLIENT
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": "1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": begun["nonce"]}
        token = self.spoil({"alg": "RS256", "kid": "one"}, {**claims, **self.claims})
        return JSONResponse({"access_token": "access", "token_type": "Bearer", "id_token": token})
