"""What each service reads before it is bound: settings, keys, an address. What is wrong with them is one sentence."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import ip_address

import click
from bentoml.exceptions import BentoMLConfigException

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.serving.keys import ApiKey, read_keys
from aieco_assets.core.settings import Settings, get_settings
from bento.middleware import is_loopback


def settings_or_refuse() -> Settings:
    """The settings of the environment. Raises BentoMLConfigException."""
    try:
        return get_settings()
    except AiecoError as error:
        raise BentoMLConfigException(str(error)) from None


def address_of(settings: Settings) -> str:
    """AIECO_HOST as an address. Raises BentoMLConfigException for a name that is none."""
    name = settings.host
    try:
        return str(ip_address("127.0.0.1" if name == "localhost" else name))
    except ValueError:
        raise BentoMLConfigException(f"AIECO_HOST={name} is no address: set it to one, such as 127.0.0.1.") from None


def keys_of(settings: Settings) -> tuple[ApiKey, ...]:
    """The keys of AIECO_API_KEYS. Raises BentoMLConfigException."""
    try:
        return read_keys(settings.api_keys.get_secret_value())
    except AiecoError as error:
        raise BentoMLConfigException(str(error)) from None


def refuse_to_be_open(host: str, keys: Sequence[ApiKey], login: str = "") -> None:
    """Runs before anything is bound. Raises when others could reach the service and there is neither key nor login."""
    command = click.get_current_context(silent=True)
    bound = (command.params.get("host") if command else None) or host
    if not keys and not login and not is_loopback(bound):
        raise BentoMLConfigException(
            f"{bound} can be reached from other machines: set AIECO_API_KEYS, or bind 127.0.0.1."
        )


def refuse_a_taken_port(host: str, port: int) -> None:
    """Runs before anything is bound. Raises when something listens there: BentoML says it by a traceback."""
    command = click.get_current_context(silent=True)
    given = command.params if command else {}
    bound, number = str(given.get("host") or host), int(given.get("port") or port)
    with socket.socket(socket.AF_INET6 if ":" in bound else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bound, number))
        except OSError as error:
            raise BentoMLConfigException(
                f"{bound}:{number} can't be bound ({error.strerror}): stop what listens there, or give this service "
                "another port."
            ) from None
