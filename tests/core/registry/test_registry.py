"""The registry on a real MLflow store in a real Postgres."""

from __future__ import annotations

import shutil
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from aieco_assets.core.contracts import CHAMPION, PREVIOUS
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.registry import models, tracking
from aieco_assets.core.registry.models import champion, history, load_champion_json, set_alias
from aieco_assets.core.registry.relocation import follow_home
from aieco_assets.core.registry.versions import Provenance, register_data_model, versions
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect


def register(settings: Settings, content: bytes, **more):
    return register_data_model(settings, "toy", {"model.json": content}, kind="toy", **more)


def test_the_same_content_is_one_version_and_other_content_the_next(settings: Settings) -> None:
    first = register(settings, b'{"a": 1}', params={"a": 1}, metrics={"rmse": 0.5}, tags={"data_digest": "d1"})
    again = register(settings, b'{"a": 1}', params={"a": 1}, metrics={"rmse": 0.5}, tags={"data_digest": "d1"})
    other = register(settings, b'{"a": 2}')
    assert (first.version, first.created) == (1, True)
    assert (again.version, again.created) == (1, False)
    assert (other.version, other.created) == (2, True)


def test_a_version_says_what_it_was_made_from(settings: Settings) -> None:
    register(
        settings, b"{}", tags={"data_digest": "d1", "partition_range": "2025-06-30...2025-09-30"},
        signature={"inputs": []}, input_example={"frequency": 2}, provenance=Provenance(dagster_run_id="run-1"),
    )  # fmt: skip
    tags = versions(settings, "toy")[0].tags
    assert tags["data_digest"] == "d1"
    assert tags["partition_range"] == "2025-06-30...2025-09-30"
    assert tags["dagster_run_id"] == "run-1"
    assert tags["kind"] == "toy"
    assert len(tags["git_commit"]) in (len("unknown"), 40)


def test_an_altered_or_missing_file_is_refused(settings: Settings) -> None:
    made = register(settings, b'{"a": 1}')
    set_alias(settings, "toy", CHAMPION, made.version, "test", "first")
    assert load_champion_json(settings, "toy")[1] == {"a": 1}
    (file,) = settings.artifacts.rglob("model.json")
    file.write_text('{"a": 9}')
    with pytest.raises(AiecoError, match="toy version 1 are missing or were altered"):
        load_champion_json(settings, "toy")
    file.unlink()
    with pytest.raises(AiecoError, match="missing or were altered"):
        load_champion_json(settings, "toy")


def test_alias_moves_are_written_down_and_the_old_champion_becomes_previous(settings: Settings) -> None:
    register(settings, b"1")
    register(settings, b"2")
    assert champion(settings, "toy") is None
    assert set_alias(settings, "toy", CHAMPION, 1, "gate", "first version", {"rmse": 0.5})
    between = datetime.now(timezone.utc)
    assert set_alias(settings, "toy", CHAMPION, 2, "maria", "better", {"rmse": 0.4})
    assert not set_alias(settings, "toy", CHAMPION, 2, "maria", "again")
    assert [(m.alias, m.from_version, m.to_version, m.actor, m.reason) for m in history(settings, "toy")] == [
        (CHAMPION, None, 1, "gate", "first version"),
        (PREVIOUS, None, 1, "maria", "better"),
        (CHAMPION, 1, 2, "maria", "better"),
    ]
    assert [m.to_version for m in history(settings, "toy") if m.moved_at <= between] == [1]
    assert history(settings, "toy")[-1].metrics == {"rmse": 0.4}
    with pytest.raises(AiecoError, match="toy has no version 7"):
        set_alias(settings, "toy", CHAMPION, 7, "maria", "typo")


def test_the_history_cannot_be_rewritten(settings: Settings) -> None:
    from psycopg.errors import RaiseException

    register(settings, b"1")
    set_alias(settings, "toy", CHAMPION, 1, "gate", "first version")
    for statement in (b"delete from registry.alias_moves", b"update registry.alias_moves set actor = 'nobody'"):
        with connect(settings.warehouse) as connection, pytest.raises(RaiseException, match="append-only"):
            connection.execute(statement)


@pytest.mark.parametrize("killed", ["before the move", "after the move"])
def test_a_move_killed_half_way_leaves_no_lie(settings: Settings, monkeypatch, killed: str) -> None:
    from aieco_assets.core.registry import aliases

    register(settings, b"1")
    register(settings, b"2")
    set_alias(settings, "toy", CHAMPION, 1, "gate", "first version")

    def die(*_arguments) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if killed == "before the move":
            patch.setattr(type(tracking.mlflow_client(settings)), "set_registered_model_alias", die)
        else:
            patch.setattr(aliases, "_record_intent", die)
        with pytest.raises(KeyboardInterrupt):
            set_alias(settings, "toy", CHAMPION, 2, "maria", "better")
    moves = [(m.alias, m.to_version, m.actor) for m in history(settings, "toy")]
    present = champion(settings, "toy")
    assert present is not None
    assert moves[0] == (CHAMPION, 1, "gate")
    assert present.version == [to for alias, to, _ in moves if alias == CHAMPION][-1]
    assert set_alias(settings, "toy", CHAMPION, 2, "maria", "better")
    assert [(m.alias, m.to_version) for m in history(settings, "toy")] == [(CHAMPION, 1), (PREVIOUS, 1), (CHAMPION, 2)]


def test_a_move_made_in_the_mlflow_ui_is_found_and_recorded(settings: Settings) -> None:
    register(settings, b"1")
    register(settings, b"2")
    set_alias(settings, "toy", CHAMPION, 1, "gate", "first version")
    tracking.mlflow_client(settings).set_registered_model_alias("toy", CHAMPION, "2")
    assert [(m.from_version, m.to_version, m.actor) for m in history(settings, "toy")] == [
        (None, 1, "gate"),
        (1, 2, "outside aieco"),
    ]


def test_a_registry_that_is_down_is_one_sentence(settings: Settings) -> None:
    server = settings.model_copy(update={"mlflow_tracking_uri": SecretStr("http://127.0.0.1:9")})
    with pytest.raises(AiecoError, match=r"registry at 127.0.0.1:9 does not answer"):
        models.champion(server, "toy")


@pytest.mark.parametrize("status", [401, 403])
def test_a_registry_that_wants_another_login_is_one_sentence(settings: Settings, status: int) -> None:
    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(status)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"127.0.0.1:{server.server_port}"
        closed = settings.model_copy(update={"mlflow_tracking_uri": SecretStr(f"http://{place}")})
        with pytest.raises(AiecoError, match=rf"registry at {place} does not let us in: set MLFLOW_TRACKING_USERNAME"):
            models.champion(closed, "toy")
        server.shutdown()


def test_nothing_is_written_outside_the_home(settings: Settings, tmp_path: Path, monkeypatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    register(settings, b"1")
    assert list(elsewhere.iterdir()) == []
    assert list(settings.artifacts.rglob("model.json"))


def moved_to(settings: Settings, home: Path) -> Settings:
    home.mkdir()
    shutil.move(settings.artifacts, home / "artifacts")
    return settings.model_copy(update={"home": home})


def test_models_of_a_home_that_was_moved_are_found_and_trained_on(settings: Settings, tmp_path: Path) -> None:
    made = register(settings, b'{"a": 1}')
    set_alias(settings, "toy", CHAMPION, made.version, "test", "first")
    moved = moved_to(settings, tmp_path / "another disk")
    follow_home(moved)
    assert load_champion_json(moved, "toy")[1] == {"a": 1}
    assert register(moved, b'{"a": 2}').version == 2
    assert not settings.artifacts.exists()


def test_artifacts_of_another_home_on_the_same_postgres_stay_where_they_are(settings: Settings, tmp_path: Path) -> None:
    made = register(settings, b'{"a": 1}')
    set_alias(settings, "toy", CHAMPION, made.version, "test", "first")
    other = settings.model_copy(update={"home": tmp_path / "other"})
    (other.artifacts / "aieco").mkdir(parents=True)
    follow_home(other)
    assert load_champion_json(settings, "toy")[1] == {"a": 1}
