"""Logins by an OpenID Connect provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0).

What a provider says is believed only in an id token that it signed, for us, for this very login, and that has not
expired. Everything else is one sentence, and nobody is logged in.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login.roles import ACTS, Person, Role, checked_role
from aieco_assets.core.governance.login.users import NAME
from aieco_assets.core.governance.rights import GROUP
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import httpx

# Signatures by a key that only the provider has: neither `none` nor a secret that both sides know.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
FLOW_SECONDS = 600.0  # between the way to the provider and the way back
_LEEWAY_SECONDS = 60  # between its clock and ours
_MOST_FLOWS = 5_000
_TIMEOUT_SECONDS = 10.0
_KEYS_SECONDS = 60.0  # before keys are asked for again because a token names another one
_STRONGEST_FIRST: tuple[Role, ...] = ("admin", "approver", "operator", "analyst", "viewer")


@dataclass(frozen=True)
class Flow:
    """A login that is under way at the provider."""

    state: str
    nonce: str
    verifier: str
    next: str
    began: float = field(default_factory=time.monotonic)


class Provider:
    """One provider, as its discovery document describes it; asked when the first person comes."""

    def __init__(
        self, settings: Settings, redirect_uri: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._settings, self._redirect_uri, self._transport = settings, redirect_uri, transport
        self._issuer = settings.login_oidc_issuer.rstrip("/")
        self._roles = read_roles(settings.login_oidc_roles)
        self._described: dict[str, Any] = {}
        self._keys: Any = None
        self._keys_asked = float("-inf")
        self._flows: dict[str, Flow] = {}
        parts = urlsplit(self._issuer)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise AiecoError("AIECO_LOGIN_OIDC_ISSUER must begin with https://: what it says is believed.")
        if not settings.login_oidc_client_id or not self._roles:
            raise AiecoError("AIECO_LOGIN_OIDC_ISSUER needs AIECO_LOGIN_OIDC_CLIENT_ID and AIECO_LOGIN_OIDC_ROLES.")

    async def begin(self, after: str) -> tuple[str, str]:
        """(where the browser goes, the state that its cookie has to bring back)."""
        described = await self._description()
        flow = Flow(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), after)
        now = time.monotonic()
        self._flows = {state: one for state, one in self._flows.items() if now - one.began < FLOW_SECONDS}
        for state in list(self._flows)[: len(self._flows) - _MOST_FLOWS + 1]:
            del self._flows[state]
        self._flows[flow.state] = flow
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                described["authorization_endpoint"], state=flow.state, nonce=flow.nonce, code_verifier=flow.verifier
            )
        return url, flow.state

    async def finish(self, query: Mapping[str, str], cookie: str) -> tuple[Person, str]:
        """(who came back, where they wanted to go). Raises AiecoError for whoever did not begin here."""
        flow = self._flows.pop(query.get("state", ""), None)
        if flow is None or not cookie or not hmac.compare_digest(flow.state.encode(), cookie.encode()):
            raise AiecoError("This login was not begun in this browser, or too long ago: begin again.")
        if time.monotonic() - flow.began > FLOW_SECONDS:
            raise AiecoError("This login took too long: begin again.")
        if query.get("error") or not query.get("code"):
            raise AiecoError("The provider did not log you in: begin again.")
        if query.get("iss", self._issuer).rstrip("/") != self._issuer:
            raise AiecoError("The answer is of another issuer: nobody was logged in.")
        token = await self._token(query["code"], flow)
        claims = await self._claims(token, flow)
        return self._person(claims), flow.next

    async def _token(self, code: str, flow: Flow) -> dict[str, Any]:
        from authlib.common.errors import AuthlibBaseError
        from httpx import HTTPError

        try:
            async with self._client() as client:
                told = await client.fetch_token(
                    self._described["token_endpoint"],
                    code=code,
                    code_verifier=flow.verifier,
                    grant_type="authorization_code",
                )
        except (HTTPError, AuthlibBaseError, ValueError) as error:
            raise AiecoError(f"The provider did not take the code of this login ({type(error).__name__}).") from None
        if not isinstance(told.get("id_token"), str):
            raise AiecoError("The provider sent no id token: the client there must be one of OpenID Connect.")
        return dict(told)

    async def _claims(self, token: Mapping[str, Any], flow: Flow) -> dict[str, Any]:
        settings = self._settings
        for again in (False, True):
            keys = await self._key_set(again)
            try:
                return claims_of(token, keys, self._described["issuer"], settings.login_oidc_client_id, flow.nonce)
            except UnknownKey:
                continue  # the provider has changed its keys since
        raise AiecoError("The id token is signed by a key that the provider does not show: nobody was logged in.")

    def _person(self, claims: Mapping[str, Any]) -> Person:
        settings = self._settings
        name = claims.get(settings.login_oidc_name_claim)
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise AiecoError(f"The provider names nobody in the claim {settings.login_oidc_name_claim}.")
        if settings.login_oidc_name_claim == "email" and claims.get("email_verified") is False:
            raise AiecoError(f"The provider has not verified the address {name}.")
        told = claims.get(settings.login_oidc_groups_claim, [])
        groups = frozenset(one for one in (told if isinstance(told, list) else [told]) if isinstance(one, str))
        role: Role | None = next(
            (role for role in _STRONGEST_FIRST if groups & self._roles.get(role, frozenset())), None
        )
        if role is None:
            raise AiecoError(f"{name} is in no group of AIECO_LOGIN_OIDC_ROLES: nobody was logged in.")
        return Person(name, role, frozenset(filter(GROUP.fullmatch, groups)), self._issuer)

    async def _description(self) -> dict[str, Any]:
        if not self._described:
            told = await self._get(f"{self._issuer}/.well-known/openid-configuration")
            if str(told.get("issuer", "")).rstrip("/") != self._issuer:
                raise AiecoError("The provider describes itself as another issuer than AIECO_LOGIN_OIDC_ISSUER.")
            missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - told.keys()
            if missing:
                raise AiecoError(f"The provider's description lacks {', '.join(sorted(missing))}.")
            self._described = told
        return self._described

    async def _key_set(self, again: bool) -> Any:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        await self._description()
        if self._keys is None or (again and time.monotonic() - self._keys_asked > _KEYS_SECONDS):
            try:
                self._keys = KeySet.import_key_set(await self._get(self._described["jwks_uri"]))  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError):
                raise AiecoError("The provider's keys can't be read.") from None
            self._keys_asked = time.monotonic()
        return self._keys

    async def _get(self, url: str) -> dict[str, Any]:
        import httpx

        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=_TIMEOUT_SECONDS) as client:
                answer = await client.get(url)
                told = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise AiecoError(f"The login server {self._issuer} does not answer ({type(error).__name__}).") from None
        if not isinstance(told, dict):
            raise AiecoError(f"The login server {self._issuer} does not answer with JSON.")
        return told

    def _client(self) -> Any:
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        settings = self._settings
        secret = settings.login_oidc_client_secret.get_secret_value()
        return AsyncOAuth2Client(
            client_id=settings.login_oidc_client_id,
            client_secret=secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope="openid email profile",
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            transport=self._transport,
            timeout=_TIMEOUT_SECONDS,
        )


class UnknownKey(AiecoError):
    """A token names a key that is not among those we have."""


def claims_of(token: Mapping[str, Any], keys: Any, issuer: str, client_id: str, nonce: str) -> dict[str, Any]:
    """What an id token says, if it is of that issuer, for that client and that login. Raises AiecoError otherwise."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import (
        ExpiredTokenError,
        InvalidClaimError,
        InvalidKeyIdError,
        JoseError,
        MissingClaimError,
        UnsupportedAlgorithmError,
    )

    rules = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}
    params = {"nonce": nonce, "client_id": client_id, "access_token": token.get("access_token")}
    try:
        read = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS)
        claims = CodeIDToken(read.claims, read.header, {**rules, "nonce": {"essential": True, "value": nonce}}, params)
        claims.validate(leeway=_LEEWAY_SECONDS)
    except InvalidKeyIdError:
        raise UnknownKey("The id token is signed by a key that is not known.") from None
    except UnsupportedAlgorithmError:
        raise AiecoError("The id token is not signed in a way that counts: nobody was logged in.") from None
    except ExpiredTokenError:
        raise AiecoError("The id token has expired: nobody was logged in.") from None
    except (InvalidClaimError, MissingClaimError) as error:
        names = {"iss": "of another issuer", "aud": "for another client", "nonce": "of another login"}
        said = names.get(error.claim, f"without a right {error.claim}")
        raise AiecoError(f"The id token is {said}: nobody was logged in.") from None
    except (JoseError, ValueError):
        raise AiecoError("The id token is not signed by the provider: nobody was logged in.") from None
    return dict(claims)


def read_roles(text: str) -> dict[Role, frozenset[str]]:
    """`admin=platform,analyst=data+sales`. Raises AiecoError for a role that is none, and one without groups."""
    found: dict[Role, frozenset[str]] = {}
    for entry in filter(None, map(str.strip, text.split(","))):
        role, _, groups = entry.partition("=")
        names = frozenset(filter(None, map(str.strip, groups.split("+"))))
        if role.strip() not in ACTS or not names:
            raise AiecoError(f"AIECO_LOGIN_OIDC_ROLES is role=group+group,…, with the roles {', '.join(ACTS)}.")
        found[checked_role(role.strip())] = names
    return found
