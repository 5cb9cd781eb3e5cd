"""The local stack behind its login: one port, and sockets that only their user can reach."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.behind_login import services_behind_login
from aieco_assets.core.stack.services import Service
from aieco_assets.login.upstreams import read_upstreams


def stack(home: Path) -> dict[str, Service]:
    settings = Settings(home=home, postgres_url=SecretStr("postgresql://a@127.0.0.1:1/a"), _env_file=None)  # type: ignore[call-arg]
    return {service.name: service for service in services_behind_login(settings)}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where sockets of a home with a long path lie."""
    tmp_path_factory.getbasetemp()  # of all tests: made here first, it would go with this folder
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@pytest.mark.parametrize("name", ["plain", "a b", "why?", "one,two", "é" * 60])
def test_only_the_login_takes_a_port(short: Path, tmp_path: Path, name: str) -> None:
    services = stack(tmp_path / name)
    assert {one.name: one.port for one in services.values() if one.port} == {"login": 8080}
    assert [one.name for one in services.values() if one.url] == ["login"]
    upstreams = read_upstreams(services["login"].environment["AIECO_LOGIN_UPSTREAMS"])
    assert set(upstreams) == {"dagster", "mlflow", "dashboard", "service"}
    for part, upstream in upstreams.items():
        assert upstream.socket == services[part].health
        assert len(upstream.socket.encode()) < 108
        assert stat.S_IMODE(Path(upstream.socket).parent.stat().st_mode) == 0o700


def test_login_and_service_share_a_secret_that_is_new_each_time_and_no_other_part_knows(tmp_path: Path) -> None:
    first, second = stack(tmp_path), stack(tmp_path)
    secrets = [one["login"].environment["AIECO_LOGIN_SECRET"] for one in (first, second)]
    assert len(set(secrets)) == 2
    assert len(secrets[0]) >= 32
    assert first["service"].environment["AIECO_LOGIN_SECRET"] == secrets[0]
    for name in ("dagster", "mlflow", "dashboard"):
        assert secrets[0] not in str(first[name])
    assert not any(secrets[0] in part for part in first["login"].command + first["service"].command)
