"""Which processes the local stack has, and where they meet."""

from __future__ import annotations

import json
from pathlib import Path

import grpc
import pytest
from pydantic import SecretStr

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.services import local_services


@pytest.mark.parametrize("name", ["plain", "a b", "50%25", "no#1", "why?", "one,two", "é" * 60])
def test_a_home_of_any_name_has_a_socket_that_the_code_server_is_found_at(tmp_path: Path, name: str) -> None:
    settings = Settings(home=tmp_path / name, postgres_url=SecretStr("postgresql://a@127.0.0.1:1/a"), _env_file=None)
    (code,) = [one for one in local_services(settings) if one.name == "code"]
    workspace = json.loads((settings.dagster_home / "workspace.yaml").read_text())
    assert workspace["load_from"][0]["grpc_server"]["socket"] == code.health
    server = grpc.server(None)
    server.add_insecure_port(f"unix:{code.health}")
    server.start()
    with grpc.insecure_channel(f"unix:{code.health}") as channel:
        grpc.channel_ready_future(channel).result(30)
    server.stop(None)
