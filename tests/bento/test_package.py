"""The bento: exactly its sources and the pinned champions, built once per content, and servable."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.serving.package import build_bento, digest, latest_bento, packed_files, sources, strays
from aieco_assets.core.settings import Settings
from tests.bento.conftest import environment
from tests.bento.serving import serving


@pytest.fixture(scope="module")
def built(served: Settings):
    bento = build_bento(served)
    print(f"built in {bento.seconds:.1f} s, {bento.files} files, {bento.bytes} bytes")
    return bento


def test_a_bento_holds_the_service_the_core_the_policies_and_the_champions_only(built) -> None:
    packed = packed_files(built.path)

    assert {name.split("/")[0] for name in packed} == {
        "bento",
        "aieco_assets",
        "policies",
        "dbt_project",
        "champions.json",
    }
    assert {name.split("/")[1] for name in packed if name.startswith("aieco_assets/")} == {"__init__.py", "core"}
    assert not [name for name in packed if re.search(r"\.(pyc|log|pid)$|__pycache__|/defs/|dagster", name)]
    assert strays(built.path) == []


def test_the_champions_are_pinned_by_version_and_digest(built) -> None:
    models = json.loads(packed_files(built.path)["champions.json"])["models"]

    assert [model["name"] for model in models] == ["embedder", "llm", "clv"]
    assert all(model["version"] and model["sha256"] and model["uri"] for model in models)


def test_nothing_of_this_machine_is_in_the_bento(built, served: Settings, root: Path) -> None:
    secrets = (str(served.home), str(root), served.warehouse)
    for file in built.path.rglob("*"):
        if file.is_file():
            text = file.read_text(errors="replace")
            assert not [secret for secret in secrets if secret in text], file


def test_the_same_content_is_not_built_again(built, served: Settings) -> None:
    before = (built.path / "bento.yaml").stat().st_mtime_ns

    again = build_bento(served)

    assert (again.tag, again.built) == (built.tag, False)
    assert (built.path / "bento.yaml").stat().st_mtime_ns == before


def test_a_bento_is_built_below_a_hidden_home_as_the_default_one_is(served: Settings, tmp_path: Path) -> None:
    assert build_bento(served.model_copy(update={"home": tmp_path / ".aieco"})).files > 0


def test_a_stray_or_altered_file_is_found_and_the_bento_is_built_anew(built, served: Settings) -> None:
    (built.path / "src" / "server.log").write_text("noise")
    (built.path / "src" / "bento" / "service.py").write_text("tampered")
    assert strays(built.path) == ["bento/service.py", "server.log"]

    again = build_bento(served)

    assert again.built and strays(again.path) == []


def test_the_root_can_be_built_by_hand(served: Settings, root: Path, tmp_path: Path) -> None:
    """From a copy without the virtual environment: BentoML walks every file below the root before it filters."""
    for name, body in (sources() | {"tests/bento/test_x.py": b"", "aieco_assets/defs/x.py": b"", "x.log": b""}).items():
        target = tmp_path / "root" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    finished = subprocess.run(
        [sys.executable, "-m", "bentoml", "build", ".", "-f", "bento/bentofile.yaml", "--version", "byhand"],
        cwd=tmp_path / "root",
        env=environment(served, BENTOML_HOME=str(tmp_path / "store")),
        capture_output=True,
        text=True,
        timeout=180,
    )

    assert finished.returncode == 0, finished.stderr
    assert set(packed_files(tmp_path / "store" / "bentos" / "aieco" / "byhand")) == set(sources())


def test_only_the_last_bentos_are_kept(built, served: Settings) -> None:
    folder = built.path.parent
    for number in range(5):
        (folder / f"old{number}").mkdir()
        os.utime(folder / f"old{number}", (number, number))

    build_bento(served)

    assert {path.name for path in folder.iterdir() if path.is_dir()} == {built.path.name, "old3", "old4"}
    assert latest_bento(served).name == built.path.name


def test_without_champions_the_sentence_says_which_is_missing(settings: Settings) -> None:
    with pytest.raises(AiecoError, match="no champion of embedder: run `aieco run --select models/embedder`"):
        build_bento(settings)


def test_the_digest_depends_on_names_and_bytes() -> None:
    one = digest({"a": b"1", "b": b"2"})

    assert one == digest({"b": b"2", "a": b"1"})
    assert len({one, digest({"a": b"2", "b": b"1"}), digest({"a": b"1"}), digest({"a": b"1", "c": b"2"})}) == 4


def test_the_requirements_of_the_bento_are_those_of_the_lock(root: Path) -> None:
    def pins(file: Path) -> set[str]:
        return {line.strip() for line in file.read_text().splitlines() if "==" in line and not line.startswith("#")}

    wanted = pins(root / "bento" / "requirements.txt")
    assert wanted <= pins(root / "requirements.lock") | {"torch==2.13.0"}


def test_the_bento_itself_answers_and_says_what_it_is(built, served: Settings, tmp_path: Path) -> None:
    with serving(served, tmp_path / "serve.log", what=built.tag) as running:
        version = httpx.get(f"{running.url}/version", timeout=60).json()
        answer = httpx.get(f"{running.url}/answer?question=How long does delivery take?", timeout=120).json()

    assert version["bento"] == built.tag, version
    assert set(version["packed"]) == {"embedder", "llm", "clv"}
    assert "3 working days" in answer["answer"]
