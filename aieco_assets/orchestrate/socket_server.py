"""`python -m aieco_assets.orchestrate.socket_server SOCKET dagster|service …`: Dagster's webserver, or our service,
where it takes no port. Neither has an option for that: one line of each is changed while it starts."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any


def dagster(socket: str, options: list[str]) -> None:
    """`dagster-webserver OPTIONS`: its server is uvicorn, which takes a socket in place of host and port."""
    import uvicorn
    from dagster_webserver.cli import main

    uvicorn.run = partial(uvicorn.run, uds=socket)  # type: ignore[assignment]
    # The port is not bound, and saves its looking for a free one.
    sys.argv = ["dagster-webserver", "-p", "1", *options]
    main()


def service(socket: str) -> None:
    """`bentoml serve bento.service:AiecoService`: circus binds for it, and hands what is bound on to the worker."""
    from bentoml_cli.cli import cli
    from circus import arbiter, sockets

    govern = arbiter.Arbiter.__init__

    def by_sockets(self: Any, *args: Any, **options: Any) -> None:
        # Whoever reaches these two can stop the service: they are no ports either.
        options |= {"endpoint": f"ipc://{socket}.control", "pubsub_endpoint": f"ipc://{socket}.events"}
        govern(self, *args, **options)

    arbiter.Arbiter.__init__ = by_sockets  # type: ignore[method-assign]
    begin = sockets.CircusSocket.__init__

    def on_socket(self: Any, *args: Any, **options: Any) -> None:
        if "port" in options:
            for name in ("host", "port", "family"):
                options.pop(name, None)
            options |= {"path": socket, "replace": True}
        begin(self, *args, **options)

    sockets.CircusSocket.__init__ = on_socket  # type: ignore[method-assign]
    sys.argv = ["bentoml", "serve", "bento.service:AiecoService"]
    cli()


if __name__ == "__main__":
    where, what, *rest = sys.argv[1:]
    if what == "dagster":
        dagster(where, rest)
    else:
        service(where)
