from __future__ import annotations

import json

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack import dbt


def test_a_url_becomes_what_the_profile_reads():
    environment = dbt.dbt_environment("postgresql://ann:s%40fe@db.example:6543/shop")
    assert [
        environment[name] for name in ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "DBT_ENV_SECRET_PGPASSWORD")
    ] == [*("db.example", "6543", "ann", "shop", "s@fe")]


def test_the_manifest_is_parsed_once(tmp_path):
    settings = Settings(home=tmp_path, _env_file=None)
    manifest = dbt.prepare_manifest(settings)
    models = json.loads(manifest.read_text())["nodes"]
    assert "model.aieco.fct_sales_lines" in models
    parsed_at = manifest.stat().st_mtime_ns
    assert dbt.prepare_manifest(settings).stat().st_mtime_ns == parsed_at
    assert (settings.dbt_target / "partial_parse.msgpack").exists()


def test_a_broken_project_is_one_clear_sentence(tmp_path, monkeypatch):
    project = tmp_path / "dbt_project"
    project.mkdir()
    (project / "dbt_project.yml").write_text("name: [")
    monkeypatch.setattr(dbt, "PROJECT_DIR", project)
    with pytest.raises(AiecoError, match=r"dbt does not accept dbt_project/: mend what .*parse\.log says"):
        dbt.prepare_manifest(Settings(home=tmp_path / "home", _env_file=None))
    assert "Syntax error" in (tmp_path / "home" / "dbt" / "target" / "parse.log").read_text()


def test_the_fingerprint_follows_the_sources(tmp_path):
    (tmp_path / "models").mkdir()
    model = tmp_path / "models" / "a.sql"
    model.write_text("select 1")
    before = dbt.fingerprint(tmp_path)
    assert dbt.fingerprint(tmp_path) == before
    model.write_text("select 2")
    assert dbt.fingerprint(tmp_path) != before
