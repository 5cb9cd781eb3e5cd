"""`bentoml serve bento.service:AiecoService`: the platform's answers and predictions over HTTP.

One worker, because one process owns the models; its queues (bento/limits.py) stand in front of them.
"""

from __future__ import annotations

import asyncio
import sys

import bentoml
from starlette.exceptions import HTTPException

from bento.app import create_app
from bento.backend import Backend, NotReady
from bento.middleware import Guard
from bento.startup_settings import address_of, keys_of, refuse_a_taken_port, refuse_to_be_open, settings_or_refuse

# The loop that answers everybody waits this long whenever a look-up's thread computes; the default is 5 ms, each time.
sys.setswitchinterval(0.0005)
settings = settings_or_refuse()
keys = keys_of(settings)
login = settings.login_secret.get_secret_value()
host = address_of(settings)
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
    def refuse_to_start() -> None:
        refuse_to_be_open(host, keys, login)
        refuse_a_taken_port(host, settings.service_port)

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


AiecoService.add_asgi_middleware(
    Guard,  # type: ignore[arg-type]
    keys=keys,
    per_minute=settings.requests_per_minute,
    login=login,
)
