"""Logins by an OpenID Connect provider: whom it lets in, and what of it is not believed. The provider is a stand-in."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login.oidc import Provider, read_roles
from aieco_assets.core.serving.identity import HEADER, read_identity
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres_host import free_port
from tests.login.conftest import PASSWORD, Door, log_in, serving
from tests.login.stand_in_provider import CLIENT, CLIENT_SECRET, StandInProvider

NOBODY = "nobody was logged in."


@dataclass
class Login:
    door: Door
    provider: StandInProvider

    def begin(self, browser: httpx.Client, after: str = "") -> str:
        """The address by which the provider sends the browser back."""
        away = browser.get("/login/oidc", params={"next": after})
        assert away.status_code == 303, away.text
        assert away.headers["location"].startswith(f"{self.provider.issuer}/authorize?")
        back = httpx.get(away.headers["location"]).headers["location"]
        assert back.startswith("http://127.0.0.1:8099/login/callback?")
        return back

    def log_in(self, browser: httpx.Client, after: str = "") -> httpx.Response:
        return browser.get(self.begin(browser, after))

    def refused(self, sentence: str) -> None:
        """Somebody tries; the sentence is all that comes of it."""
        browser = self.door.browser()
        page = self.log_in(browser)
        assert page.status_code == 401
        assert sentence in html.unescape(page.text)
        assert "aieco-session" not in browser.cookies
        assert browser.get("/version").status_code == 401


@pytest.fixture
def provider() -> Iterator[StandInProvider]:
    port = free_port()
    standing = StandInProvider(f"http://127.0.0.1:{port}")
    with serving(standing.app, port):
        yield standing


def oidc(provider: StandInProvider, **more: Any) -> dict[str, Any]:
    return {
        "login_oidc_issuer": provider.issuer,
        "login_oidc_client_id": CLIENT,
        "login_oidc_client_secret": SecretStr(CLIENT_SECRET),
        "login_oidc_roles": "admin=platform,analyst=data+sales,viewer=all",
        **more,
    }


@pytest.fixture
def login(opened: Callable[..., Door], provider: StandInProvider) -> Login:
    return Login(opened(**oidc(provider)), provider)


def test_somebody_whom_the_provider_vouches_for_has_the_strongest_role_of_their_groups(login: Login) -> None:
    for groups, scopes in ((["hr", "platform", "data"], 4), (["data"], 3), (["all", "not a group!"], 1)):
        login.provider.claims["groups"] = groups
        browser = login.door.browser()
        back = login.log_in(browser, "/dashboard/")
        assert (back.status_code, back.headers["location"]) == (303, "/dashboard/")
        assert browser.get("/version").status_code == 200
        person = read_identity(login.door.part.headers()[HEADER])
        assert person is not None
        assert (person.name, len(person.scopes)) == ("anna@example.org", scopes)
        assert person.groups == set(groups) - {"not a group!"}


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"iss": "https://evil.example"}, f"The id token is of another issuer: {NOBODY}"),
        ({"exp": 1_000_000_000, "iat": 999_999_000}, f"The id token has expired: {NOBODY}"),
        ({"exp": None}, f"The id token is without a right exp: {NOBODY}"),
        ({"aud": "another client"}, f"The id token is for another client: {NOBODY}"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, f"The id token is without a right azp: {NOBODY}"),
        ({"nonce": "of another login"}, f"The id token is of another login: {NOBODY}"),
        ({"nonce": None}, f"The id token is of another login: {NOBODY}"),
        ({"groups": ["strangers"]}, f"anna@example.org is in no group of AIECO_LOGIN_OIDC_ROLES: {NOBODY}"),
        ({"groups": None}, f"anna@example.org is in no group of AIECO_LOGIN_OIDC_ROLES: {NOBODY}"),
        ({"email_verified": False}, "The provider has not verified the address anna@example.org."),
        ({"email": None}, "The provider names nobody in the claim email."),
        ({"email": "policy anna"}, "The provider names nobody in the claim email."),
    ],
)
def test_an_id_token_that_is_not_for_this_login_logs_nobody_in(
    login: Login, claims: dict[str, Any], sentence: str
) -> None:
    def spoilt(header: dict[str, Any], said: dict[str, Any]) -> str:
        told = {**said, **claims}
        return login.provider.signed(header, {name: value for name, value in told.items() if value is not None})

    login.provider.spoil = spoilt
    login.refused(sentence)


def test_a_signature_that_anyone_could_make_counts_for_nothing(login: Login) -> None:
    unsigned = f"The id token is not signed in a way that counts: {NOBODY}"
    login.provider.spoil = login.provider.unsigned
    login.refused(unsigned)
    login.provider.spoil = login.provider.by_public_key
    login.refused(unsigned)
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    login.provider.spoil = lambda header, claims: login.provider.signed(header, claims, stranger)
    login.refused(f"The id token is not signed by the provider: {NOBODY}")
    login.provider.spoil = lambda header, claims: login.provider.signed({**header, "kid": "two"}, claims)
    login.refused(f"The id token is signed by a key that the provider does not show: {NOBODY}")
    login.provider.spoil = lambda header, claims: "no.token.at all"
    login.refused(NOBODY)


def test_who_did_not_begin_in_this_browser_is_not_logged_in(login: Login) -> None:
    mine, other = login.door.browser(), login.door.browser()
    back = login.begin(mine)
    sentence = "This login was not begun in this browser, or too long ago: begin again."
    assert sentence in other.get(back).text  # no cookie: somebody was sent an address (login CSRF)
    back = login.begin(mine)
    login.begin(other)
    assert sentence in other.get(back).text  # the cookie of another login
    assert "aieco-session" not in other.cookies
    back = login.begin(mine)
    assert mine.get(back).status_code == 303
    assert mine.get(back).status_code == 401  # the way back is gone once
    assert mine.get("/login/callback?state=guessed&code=1").status_code == 401


def test_an_answer_that_is_none_logs_nobody_in(login: Login) -> None:
    browser = login.door.browser()
    for spoilt, sentence in (
        ("&error=access_denied", "The provider did not log you in: begin again."),
        ("&iss=https://evil.example", f"The answer is of another issuer: {NOBODY}"),
    ):
        assert sentence in browser.get(login.begin(browser) + spoilt).text
    back = httpx.URL(login.begin(browser)).copy_set_param("code", "of somebody else")
    assert "The provider did not take the code of this login" in browser.get(back).text
    assert "aieco-session" not in browser.cookies


def test_a_provider_that_calls_itself_otherwise_or_is_away_is_said(
    opened: Callable[..., Door], provider: StandInProvider
) -> None:
    provider.description["issuer"] = "https://evil.example"
    browser = opened(**oidc(provider)).browser()
    page = browser.get("/login/oidc")
    assert page.status_code == 502
    assert "describes itself as another issuer than AIECO_LOGIN_OIDC_ISSUER" in page.text
    provider.description = {"issuer": provider.issuer}
    assert "lacks authorization_endpoint, jwks_uri, token_endpoint" in browser.get("/login/oidc").text


def test_a_local_user_is_not_taken_over_by_a_provider(login: Login) -> None:
    login.door.users.add("anna@example.org", PASSWORD, "viewer")
    login.refused("anna@example.org is a local user here: log in by the password.")
    assert log_in(login.door.browser(), "anna@example.org").status_code == 303


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"login_oidc_issuer": "http://login.example"}, "must begin with https://"),
        ({"login_oidc_client_id": ""}, "needs AIECO_LOGIN_OIDC_CLIENT_ID"),
        ({"login_oidc_roles": ""}, "AIECO_LOGIN_OIDC_ROLES"),
        ({"login_oidc_roles": "boss=a"}, "with the roles viewer, analyst"),
        ({"login_oidc_roles": "admin="}, "role=group"),
    ],
)
def test_a_provider_that_could_not_be_believed_is_refused_before_anything_starts(
    settings: Settings, more: dict[str, str], sentence: str
) -> None:
    told = {"login_oidc_issuer": "https://login.example", "login_oidc_client_id": "a", "login_oidc_roles": "admin=a"}
    with pytest.raises(AiecoError, match=sentence):
        Provider(settings.model_copy(update=told | more), "http://127.0.0.1/login/callback")


def test_roles_are_read_with_their_groups() -> None:
    assert read_roles("admin=platform, analyst = data+sales") == {
        "admin": frozenset({"platform"}),
        "analyst": frozenset({"data", "sales"}),
    }
