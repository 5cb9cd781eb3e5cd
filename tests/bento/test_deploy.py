"""The files under deploy/ are accepted by the tools they are for."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_dagster_takes_the_s3_fragment(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dagster import DagsterInstance
    from dagster_aws.s3.compute_log_manager import S3ComputeLogManager

    for name, value in (
        ("AIECO_LOGS_BUCKET", "logs-of-a-test"),
        ("AWS_ACCESS_KEY_ID", "none"),
        ("AWS_SECRET_ACCESS_KEY", "none"),
    ):
        monkeypatch.setenv(name, value)
    (tmp_path / "dagster.yaml").write_text((root / "deploy" / "dagster.s3.yaml").read_text())

    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert isinstance(instance.compute_log_manager, S3ComputeLogManager)


def test_the_fragment_adds_only_what_dagster_yaml_does_not_say(root: Path) -> None:
    import yaml

    fragment = yaml.safe_load((root / "deploy" / "dagster.s3.yaml").read_text())
    base = yaml.safe_load((root / "dagster.yaml").read_text())

    assert set(fragment) == {"compute_logs"} and not set(fragment) & set(base)
