"""Logging in by a password, and how a session ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login.users import users_file
from aieco_assets.core.serving.identity import HEADER, read_identity
from aieco_assets.core.settings import Settings
from aieco_assets.login.__main__ import create_gate
from tests.login.conftest import OURS, PASSWORD, PORT, Door, acts_of, cookie_header, log_in, token_of
from tests.waiting import until

WRONG = "This name and this password are not known together."


def test_a_login_makes_a_new_session_and_takes_none_over(door: Door) -> None:
    door.users.add("anna", PASSWORD, "viewer")
    browser = door.browser()
    browser.cookies.set("aieco-session", "chosen-by-somebody-else", "127.0.0.1", "/")
    first = log_in(browser, "anna").cookies["aieco-session"]
    assert first != "chosen-by-somebody-else"
    before = cookie_header(browser)
    second = log_in(browser, "anna").cookies["aieco-session"]
    assert second != first
    assert browser.get("/version").status_code == 200
    stolen = door.browser()
    assert stolen.get("/version", headers={"cookie": before}).status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_over_https_bound_to_the_host(opened: Callable[..., Door]) -> None:
    door = opened(login_url="https://aieco.example")
    door.users.add("anna", PASSWORD, "viewer")
    browser = door.browser("http://aieco.example")  # as the proxy with the certificate sends it on
    page = browser.get("/login")
    cookie = page.headers["set-cookie"].partition(";")[0]
    fields = {"token": token_of(page), "name": "anna", "password": PASSWORD}
    headers = {"origin": "https://aieco.example", "cookie": cookie}
    put = browser.post("/login", data=fields, headers=headers).headers.get_list("set-cookie")[0]
    assert put.startswith("__Host-aieco-session=")
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=43200"):
        assert word in put
    assert "Domain" not in put


def test_logging_out_ends_the_session_for_whoever_has_the_cookie(door: Door) -> None:
    browser = door.logged_in()
    kept = cookie_header(browser)
    assert browser.post("/logout", headers={"origin": "https://evil.example"}).status_code == 403
    assert browser.get("/version").status_code == 200
    left = browser.post("/logout", headers=OURS)
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert "storage" in left.headers["clear-site-data"]
    assert door.browser().get("/version", headers={"cookie": kept}).status_code == 401


def test_a_session_ends_when_nothing_is_asked_and_at_its_end_in_any_case(opened: Callable[..., Door]) -> None:
    door = opened(login_idle_minutes=60, login_hours=3)
    browser = door.logged_in()
    for minutes in (59, 59, 59):
        door.clock.now += minutes * 60
        assert browser.get("/version").status_code == 200
    door.clock.now += 4 * 60  # three hours and a minute after the login
    assert browser.get("/version").status_code == 401
    assert log_in(browser, "anna").status_code == 303
    door.clock.now += 60 * 60
    assert browser.get("/version").status_code == 401


def test_who_is_removed_or_changed_is_so_with_the_next_request(door: Door) -> None:
    browser = door.logged_in("admin")
    door.users.set_role("anna", "viewer", ["hr"])
    browser.get("/version")
    person = read_identity(door.part.headers()[HEADER])
    assert person is not None
    assert (person.scopes, person.groups) == ({"ask"}, {"hr"})
    assert browser.get("/dagster/").status_code == 403
    door.users.set_password("anna", "quite another password")
    assert browser.get("/version").status_code == 401
    assert log_in(browser, "anna").status_code == 401
    assert log_in(browser, "anna", "quite another password").status_code == 303
    door.users.remove("anna")
    assert browser.get("/version").status_code == 401
    door.users.add("anna", "quite another password", "viewer")
    assert browser.get("/version").status_code == 401


def test_a_file_of_users_that_cannot_be_read_lets_nobody_in(door: Door) -> None:
    browser = door.logged_in()
    users_file(door.settings).write_text("{")
    assert browser.get("/version").status_code == 401
    page = log_in(browser, "anna")
    assert page.status_code == 503
    assert "nobody can log in until it is put back from a copy" in page.text


def test_a_wrong_password_and_a_name_that_there_is_not_are_told_in_the_same_words(door: Door) -> None:
    door.users.add("dora", PASSWORD, "viewer")
    for name in ("dora", "nobody", "", "x" * 300, "<script>"):
        page = log_in(door.browser(), name, "not the password")
        assert (page.status_code, WRONG in page.text) == (401, True)
        assert "<script>" not in page.text
    until(lambda: len(acts_of(door.settings, "dora")) == 1, 20, "the audit log")
    assert acts_of(door.settings, "dora") == [("dora", "login_failed", "login")]


def test_whoever_mistypes_still_comes_where_they_wanted_to_go(door: Door) -> None:
    door.users.add("anna", PASSWORD, "viewer")
    again = log_in(door.browser(), "anna", "mistyped", "/dashboard/?a=1").text
    assert 'name="next" value="/dashboard/?a=1"' in again
    assert 'name="name" value="anna"' in again
    assert "mistyped" not in again


def test_the_form_is_taken_from_the_page_that_we_gave_alone(door: Door) -> None:
    door.users.add("anna", PASSWORD, "viewer")
    browser, other = door.browser(), door.browser()
    ours, theirs = token_of(browser.get("/login")), token_of(other.get("/login"))
    fields = {"name": "anna", "password": PASSWORD}
    for token in (theirs, "", "0" * 64):
        assert browser.post("/login", data={**fields, "token": token}, headers=OURS).status_code == 403
    for origin in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
        assert browser.post("/login", data={**fields, "token": ours}, headers=origin).status_code == 403
    assert door.browser().post("/login", data={**fields, "token": ours}, headers=OURS).status_code == 403
    assert browser.post("/login", data={**fields, "token": ours, "more": "x" * 9_000}, headers=OURS).status_code == 403
    assert browser.post("/login", data={**fields, "token": ours}, headers=OURS).status_code == 303


def test_after_five_wrong_passwords_the_right_one_has_to_wait(door: Door) -> None:
    door.users.add("anna", PASSWORD, "viewer")
    browser = door.browser()
    assert [log_in(browser, "anna", "guessed").status_code for _ in range(6)] == [401] * 5 + [429]
    page = log_in(browser, "anna")
    assert (page.status_code, page.headers["retry-after"]) == (429, "301")
    assert "Too many tries: wait 301 seconds." in page.text
    door.clock.now += 301
    assert log_in(browser, "anna").status_code == 303


@pytest.mark.parametrize(
    ("after", "goes"),
    [
        ("/dagster/runs?a=1", "/dagster/runs?a=1"),
        ("", "/home"),
        ("https://evil.example", "/home"),
        ("//evil.example", "/home"),
        ("/\\evil.example", "/home"),
        ("\\\\evil.example", "/home"),
        ("/\t/evil.example", "/home"),
        ("/a\r\nset-cookie: b=1", "/home"),
        ("javascript:alert(1)", "/home"),
        ("/logout", "/home"),
    ],
)
def test_after_the_login_a_path_of_ours_comes_and_no_other_site(door: Door, after: str, goes: str) -> None:
    door.users.add("anna", PASSWORD, "viewer")
    assert log_in(door.browser(), "anna", after=after).headers["location"] == goes


def test_the_start_page_shows_what_the_role_opens(door: Door) -> None:
    page = door.logged_in("viewer").get("/home")
    assert [name in page.text for name in ("Dashboard", "Dagster", "MLflow")] == [True, False, False]
    page = door.logged_in("analyst", name="ben").get("/home")
    assert [name in page.text for name in ("Dashboard", "Dagster", "MLflow")] == [True, True, True]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert door.browser().get("/home").headers["location"] == "/login?next=%2Fhome"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"login_url": "http://aieco.example"}, "must begin with https://"),
        ({"login_url": "https://aieco.example/path"}, "without a path"),
        ({"login_upstreams": "service=unix:/s"}, "AIECO_LOGIN_SECRET is not set"),
        ({"login_upstreams": "postgres=http://a:1"}, "the parts are dagster, mlflow, dashboard and service"),
        ({"login_upstreams": "mlflow=https://a:1"}, "it has to be http:// or unix:"),
        ({}, "Nobody could log in"),
    ],
)
def test_settings_by_which_nobody_could_log_in_safely_are_refused(
    settings: Settings, more: dict[str, str], sentence: str
) -> None:
    with pytest.raises(AiecoError, match=sentence):
        create_gate(settings.model_copy(update={"login_port": PORT, **more}))
