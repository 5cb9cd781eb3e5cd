"""serving/bento as Dagster runs it: metadata, data version, the blocking check."""

from __future__ import annotations

import dagster as dg

from aieco_assets.core.serving.package import latest_bento
from aieco_assets.core.settings import Settings
from aieco_assets.defs.serving.assets import DEPS, bento
from aieco_assets.defs.serving.checks import bento_holds_exactly_its_sources


def materialise(settings: Settings) -> dg.ExecuteInProcessResult:
    return dg.materialize([bento, bento_holds_exactly_its_sources], resources={"settings": settings})


def test_the_asset_builds_once_and_its_check_passes(served: Settings) -> None:
    first, second = materialise(served), materialise(served)

    (event,), (again,) = first.get_asset_materialization_events(), second.get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert metadata["tag"].value == f"aieco:{latest_bento(served).name}"
    assert metadata["files"].value > 50 and metadata["bytes"].value > 100_000
    assert {record.data["name"] for record in metadata["champions"].records} == {"embedder", "llm", "clv"}
    assert again.materialization.metadata["built"].value is False
    versions = [found.materialization.tags["dagster/data_version"] for found in (event, again)]
    assert versions[0] == versions[1]
    assert [check.passed for check in first.get_asset_check_evaluations()] == [True]


def test_a_stray_file_fails_the_blocking_check(served: Settings) -> None:
    materialise(served)
    stray = latest_bento(served) / "src" / "bento" / "server.pid"
    stray.write_text("1")

    result = bento_holds_exactly_its_sources(served)

    assert isinstance(result, dg.AssetCheckResult) and not result.passed
    assert result.metadata["count"].value == 1
    (spec,) = bento_holds_exactly_its_sources.check_specs
    assert spec.blocking
    stray.unlink()


def test_the_bento_waits_for_everything_it_packs() -> None:
    (spec,) = bento.specs

    assert {dep.asset_key.to_user_string() for dep in spec.deps} == set(DEPS)
    assert spec.group_name == "serving" and spec.owners and "Grain" in (spec.description or "")
