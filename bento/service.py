"""`bentoml serve bento.service:AiecoService`: the platform's answers and predictions over HTTP.

One worker, because one process owns the models; its queues (bento/limits.py) stand in front of them.
"""

from __future__ import annotations

import asyncio
import sys
from ipaddress import ip_address

import bentoml
import click
from bentoml.exceptions import BentoMLConfigException
from starlette.exceptions import HTTPException

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.serving.keys import ApiKey, read_keys
from aieco_assets.core.settings import Settings, get_settings
from bento.app import create_app
from bento.backend import Backend, NotReady
from bento.guard import Guard, is_loopback


def _settings() -> Settings:
    try:
        return get_settings()
    except AiecoError as error:
        raise BentoMLConfigException(str(error)) from None


def _address(name: str) -> str:
    try:
        return str(ip_address("127.0.0.1" if name == "localhost" else name))
    except ValueError:
        raise BentoMLConfigException(f"AIECO_HOST={name} is no address: set it to one, such as 127.0.0.1.") from None


def _keys(text: str) -> tuple[ApiKey, ...]:
    try:
        return read_keys(text)
    except AiecoError as error:
        raise BentoMLConfigException(str(error)) from None


# The loop that answers everybody waits this long whenever a look-up's thread computes; the default is 5 ms, each time.
sys.setswitchinterval(0.0005)
settings = _settings()
keys = _keys(settings.api_keys.get_secret_value())
host = _address(settings.host)
backend = Backend(settings)
app = create_app(backend)


@bentoml.service(
    name="aieco",
    workers=1,
    # Our own deadlines end first, with Retry-After; this one only catches what they miss.
    traffic={"timeout": 120},
    http={"host": host, "port": settings.service_port},  # type: ignore[arg-type]
    metrics={"enabled": False},
    # Its spans go nowhere and cost a tenth of a look-up; ours are in core/monitoring/tracing.py.
    tracing={"excluded_urls": ".*"},
    endpoints={"livez": "/livez", "readyz": "/readyz"},
)
@bentoml.asgi_app(app)
class AiecoService:
    """Answers with verified citations, customer predictions, OpenAI-compatible chat."""

    @bentoml.on_deployment
    @staticmethod
    def refuse_to_be_open() -> None:
        """Runs before anything is bound. Raises when others could reach the service and there is no key."""
        command = click.get_current_context(silent=True)
        bound = (command.params.get("host") if command else None) or host
        if not keys and not is_loopback(bound):
            raise BentoMLConfigException(
                f"{bound} can be reached from other machines: set AIECO_API_KEYS, or bind 127.0.0.1."
            )

    @bentoml.on_startup
    def remember_tag(self) -> None:
        bento = AiecoService.bento
        backend.bento_tag = str(bento.tag) if bento else None

    async def __is_ready__(self) -> bool:
        try:
            await asyncio.get_running_loop().run_in_executor(None, backend.open)
        except NotReady as reason:
            raise HTTPException(503, str(reason), headers={"Retry-After": "2"}) from None
        return True


AiecoService.add_asgi_middleware(Guard, keys=keys, per_minute=settings.requests_per_minute)  # type: ignore[arg-type]
