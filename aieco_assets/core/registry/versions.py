"""Models stored as data: JSON files, or a reference to weights by address and sha256. No pickle, nothing executed."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.registry.provenance import Provenance, git_commit
from aieco_assets.core.registry.tracking import experiment_id, mlflow_client, model_lock, registry_errors
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion as MlflowVersion

ARTIFACT_FOLDER = "model"
CONTENT = "content_sha256"


@dataclass(frozen=True)
class ModelVersion:
    """One version in the registry. `tags` say what it was made from (data digest, range, git commit, Dagster run)."""

    name: str
    version: int
    run_id: str
    tags: dict[str, str] = field(repr=False)

    @property
    def sha256(self) -> str:
        """Digest of the weights where they lie outside the registry (empty behind an API), else of the files."""
        return self.tags.get("sha256", self.tags.get(CONTENT, ""))

    @property
    def uri(self) -> str:
        return self.tags.get("uri", f"models:/{self.name}/{self.version}")


@dataclass(frozen=True)
class Registered:
    """What a registration came to; `created` is False when this content was there already."""

    name: str
    version: int
    created: bool


def register_data_model(
    settings: Settings,
    name: str,
    files: Mapping[str, bytes],
    *,
    kind: str,
    params: Mapping[str, Any] | None = None,
    metrics: Mapping[str, float] | None = None,
    tags: Mapping[str, str] | None = None,
    signature: Mapping[str, Any] | None = None,
    input_example: Any = None,
    provenance: Provenance | None = None,
) -> Registered:
    """Registers the files as the next version of `name`; content that is there already gets its old version back.

    `files`: plain file names and their bytes. `signature` and `input_example` are stored beside them as JSON.
    Nothing is half-registered: the version is made last, in one call, after its files and numbers are in place.
    """
    stored = dict(files)
    if signature is not None:
        stored["signature.json"] = to_json(signature)
    if input_example is not None:
        stored["input_example.json"] = to_json(input_example)
    content = content_digest(stored)
    source = provenance or Provenance()
    run_tags = {**(tags or {}), "kind": kind, CONTENT: content, "git_commit": git_commit()}
    # Not on the MLflow run: dagster-mlflow finds the parent run by this tag.
    version_tags = {**run_tags, "dagster_run_id": source.dagster_run_id or "none"}
    client = mlflow_client(settings)
    with model_lock(settings, name), registry_errors(settings):
        for existing in versions(settings, name):
            if existing.tags.get(CONTENT) == content:
                _follow_uri(settings, existing, version_tags)
                return Registered(name, existing.version, created=False)
        run_id, place = _log_run(settings, name, stored, params or {}, metrics or {}, run_tags, source)
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        made = client.create_model_version(name, f"{place}/{ARTIFACT_FOLDER}", run_id=run_id, tags=version_tags)
        return Registered(name, int(made.version), created=True)


def versions(settings: Settings, name: str) -> list[ModelVersion]:
    """Every version of a model, newest first."""
    with registry_errors(settings):
        found = mlflow_client(settings).search_model_versions(f"name = '{name}'", max_results=1000)
    return sorted(map(_version, found), key=lambda version: -version.version)


def registered_names(settings: Settings) -> list[str]:
    """Of every model that the registry has, sorted."""
    with registry_errors(settings):
        return sorted(model.name for model in mlflow_client(settings).search_registered_models(max_results=1000))


def trained_before(settings: Settings, name: str, data_digest: str, recipe: str) -> ModelVersion | None:
    """The newest version that came of an earlier training on these data by this recipe, by its tags; None without."""
    made_of = {"data_digest": data_digest, "recipe": recipe}
    return next((one for one in versions(settings, name) if made_of.items() <= one.tags.items()), None)


def version_by_alias(settings: Settings, name: str, alias: str) -> ModelVersion | None:
    from mlflow.exceptions import MlflowException

    client = mlflow_client(settings)
    with registry_errors(settings):
        try:
            return _version(client.get_model_version_by_alias(name, alias))
        except MlflowException as error:
            # An alias that isn't there is an INVALID_PARAMETER_VALUE, a model that isn't there the other.
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None
            raise


def load_files(settings: Settings, version: ModelVersion) -> dict[str, bytes]:
    """The files of a version. Raises AiecoError when a byte differs from what was registered."""
    from mlflow.exceptions import MlflowException

    client = mlflow_client(settings)
    with tempfile.TemporaryDirectory() as folder, registry_errors(settings):
        try:
            place = Path(client.download_artifacts(version.run_id, ARTIFACT_FOLDER, folder))
        except (MlflowException, OSError):
            place = Path(folder)
        files = {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()}
    if content_digest(files) != version.tags.get(CONTENT):
        raise AiecoError(
            f"The files of model {version.name} version {version.version} are missing or were altered after "
            "registration: restore them, or retrain the model."
        )
    return files


def content_digest(files: Mapping[str, bytes]) -> str:
    return sha256(to_json({name: sha256(data).hexdigest() for name, data in files.items()})).hexdigest()


def to_json(value: Any) -> bytes:
    """Canonical bytes: the same value gives the same digest."""
    return json.dumps(value, sort_keys=True, indent=1, allow_nan=False, default=str).encode()


def _log_run(
    settings: Settings,
    name: str,
    files: Mapping[str, bytes],
    params: Mapping[str, Any],
    metrics: Mapping[str, float],
    tags: Mapping[str, str],
    provenance: Provenance,
) -> tuple[str, str]:
    """One finished MLflow run that holds files, parameters and metrics; its id and artifact address."""
    from mlflow.entities import Metric, Param

    client = mlflow_client(settings)
    parent = {"mlflow.parentRunId": provenance.parent_run_id} if provenance.parent_run_id else {}
    run = client.create_run(experiment_id(settings), run_name=name, tags={**tags, **parent})
    status = "FAILED"
    try:
        now = int(time.time() * 1000)
        client.log_batch(
            run.info.run_id,
            metrics=[Metric(key, float(value), now, 0) for key, value in metrics.items()],
            params=[Param(key, str(value)) for key, value in params.items()],
        )
        with tempfile.TemporaryDirectory() as folder:
            for file_name, data in files.items():
                (Path(folder) / file_name).write_bytes(data)
            client.log_artifacts(run.info.run_id, folder, ARTIFACT_FOLDER)
        status = "FINISHED"
    finally:
        client.set_terminated(run.info.run_id, status)
    return run.info.run_id, str(run.info.artifact_uri)


def _follow_uri(settings: Settings, version: ModelVersion, tags: Mapping[str, str]) -> None:
    """The same weights found in another place are the same model; only its address is noted."""
    if "uri" in tags and version.tags.get("uri") != tags["uri"]:
        mlflow_client(settings).set_model_version_tag(version.name, str(version.version), "uri", tags["uri"])


def _version(found: MlflowVersion) -> ModelVersion:
    return ModelVersion(found.name, int(found.version), str(found.run_id), dict(found.tags))
