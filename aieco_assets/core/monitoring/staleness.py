"""Why an asset is not what it should be: the nearest things upstream that are wrong of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from aieco_assets.core.monitoring.graph_picture import FAILED, MISSING, STALE, AssetPicture, GraphPicture


@dataclass(frozen=True)
class Cause:
    """An asset at which something went wrong, and what, as a sentence."""

    asset: str
    sentence: str


def is_wrong(asset: AssetPicture, now: datetime) -> bool:
    """Failed, stale, held back by a check of its own, or never made although it could be."""
    return _wrong(asset, now) != ""


def causes(picture: GraphPicture, key: str, now: datetime) -> list[Cause]:
    """Of what is wrong with an asset, or will be: empty when it and all it is made from is as it should be.

    Something wrong that is made from something wrong is no cause: only the first of such a chain is.
    """
    known = {asset.key: asset for asset in picture.assets}
    wrong = {one: _wrong(known[one], now) for one in [key, *upstream(known, key)]}
    found = []
    for one, sentence in wrong.items():
        if sentence and not any(wrong.get(parent) for parent in upstream(known, one)):
            found.append(Cause(one, sentence))
    asset = known[key]
    for name in asset.parents:
        parent = known.get(name)
        if parent and asset.made_at and parent.made_at and parent.made_at > asset.made_at and not wrong[name]:
            found.append(
                Cause(name, f"{name} was made at {_at(parent.made_at)}, after {key}: `aieco run` makes it anew.")
            )
    return found


def upstream(known: Mapping[str, AssetPicture], key: str) -> Iterator[str]:
    """What an asset is made from, however far, the nearest first."""
    yield from walk({name: asset.parents for name, asset in known.items()}, key)


def walk(edges: Mapping[str, tuple[str, ...]], start: str, depth: int = 1_000) -> Iterator[str]:
    """What can be reached from `start` in at most `depth` steps, without it; the nearest first, each once."""
    seen, reached = {start}, [start]
    for _ in range(depth):
        reached = [one for near in reached for one in edges.get(near, ()) if one not in seen]
        reached = list(dict.fromkeys(reached))
        if not reached:
            return
        seen |= {*reached}
        yield from reached


def _wrong(asset: AssetPicture, now: datetime) -> str:
    if not asset.status:
        return ""
    if asset.status == FAILED:
        return f"The last run that was to make {asset.key} failed: `aieco doctor` names the run."
    if asset.status == MISSING:
        return "" if asset.waits else f"{asset.key} was never made: `aieco run` makes it."
    if broken := [check.name for check in asset.checks if check.blocking and check.passed is False]:
        return f"Check {', '.join(broken)} of {asset.key} failed, so what comes after it is not made."
    if asset.freshness(now) == STALE and asset.made_at:
        return f"Nothing has made {asset.key} since {_at(asset.made_at)}: does the daemon run (`aieco up`)?"
    return ""


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
