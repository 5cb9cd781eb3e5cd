"""One heavy step over its batches, by the engine of the settings."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aieco_assets.core.engine.prefetch import prefetch

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings

B = TypeVar("B")
R = TypeVar("R")
LOCAL, RAY = "local", "ray"


@dataclass(frozen=True)
class Step(Generic[B, R]):
    """What is done with a batch, in two forms that give the same.

    `here`: in this process, with what is open in it. `away`: a function of a module, which a node calls by its name as
    `away(*given, batch)`; whatever goes there and comes back is plain data: bytes, texts, numbers, frames, dataclasses.
    `threads`: batches that are begun here before they are asked for, as long as they hold little by `size` (bytes);
    0: one after the other. `memory`: bytes that a node must have to spare for one batch.
    """

    here: Callable[[B], R]
    away: Callable[..., R]
    given: tuple[Any, ...] = ()
    threads: int = 0
    size: Callable[[B], int] = lambda _batch: 0
    memory: int = 0


def map_batches(step: Step[B, R], batches: Iterable[B], settings: Settings | None = None) -> Generator[R]:
    """A result for each batch, in the order of the batches, which are taken only as they are needed: whoever counts
    results knows the progress. `settings` name the engine; none: here. An error comes as it was raised, in its batch's
    turn.

    On Ray, what a lost worker or node had in hand is done again by another. Close it where it may not be read to its
    end: what was begun is then given up. Raises AiecoError when AIECO_ENGINE names a cluster that isn't there.
    """
    if settings is not None and settings.engine == RAY:
        from aieco_assets.core.engine.ray_cluster import map_on_ray

        yield from map_on_ray(settings.ray_address, step, batches)
    elif step.threads:
        items = ((batch,) for batch in batches)
        yield from prefetch(step.here, items, step.threads, lambda item: step.size(*item))
    else:
        yield from map(step.here, batches)
