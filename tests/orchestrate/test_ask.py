"""Which service `aieco ask` asks, and when it answers by itself."""

from __future__ import annotations

import socket

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.environment import service_address
from aieco_assets.core.storage.postgres_host import free_port
from aieco_assets.orchestrate.ask import ask_once


def test_a_home_whose_service_is_down_answers_by_itself_also_where_aieco_env_named_the_service(
    settings: Settings,
) -> None:
    own = settings.model_copy(update={"service_port": free_port()})
    with pytest.raises(AiecoError, match="aieco run"):  # nothing is published yet
        ask_once(own.model_copy(update={"service_url": service_address(own)}), "How long may an item be returned?")


def test_another_service_that_does_not_answer_is_named(settings: Settings) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(AiecoError, match=f"No service answers at {url}"):
            ask_once(settings.model_copy(update={"service_url": url}), "How long may an item be returned?")
