"""The bill of materials as CycloneDX 1.6: what is installed here, and the weights in production.

The same environment gives the same bytes: there is no time in it, and its serial number follows from what it lists.
"""

from __future__ import annotations

import re
from hashlib import sha256
from importlib import import_module
from importlib.metadata import Distribution, distributions
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aieco_assets.core.contracts import CHAMPION
from aieco_assets.core.governance.compliance.facts import ROOT, Fact, counted, file
from aieco_assets.core.registry.versions import ModelVersion, registered_names, version_by_alias
from aieco_assets.core.settings import Settings

FILE_NAME, LOCK = "sbom.cdx.json", "requirements.lock"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def installed_packages() -> dict[str, Distribution]:
    """Name (PEP 503) -> the distribution that is imported under it."""
    found: dict[str, Distribution] = {}
    for one in distributions():
        if name := one.metadata["Name"]:
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), one)
    return dict(sorted(found.items()))


def champions(settings: Settings) -> list[ModelVersion]:
    found = (version_by_alias(settings, name, CHAMPION) for name in registered_names(settings))
    return [one for one in found if one is not None]


def sbom(packages: dict[str, Distribution], models: list[ModelVersion]) -> bytes:
    """The document; each package with its licence as it names it and what it needs of the others."""
    part, schema = _cyclonedx("model.component"), _cyclonedx("schema")
    bom = _cyclonedx("model.bom").Bom()
    parts = {name: _package(name, one) for name, one in packages.items()}
    whole = part.Component(
        type=part.ComponentType.APPLICATION, name="aieco", version=packages["aieco"].version, bom_ref="aieco"
    )
    bom.metadata.component = whole
    bom.metadata.timestamp = None
    weights = [_weights(one) for one in models]
    for one in (*(part for name, part in parts.items() if name != "aieco"), *weights):
        bom.components.add(one)
    parts["aieco"] = whole
    for name, one in packages.items():
        bom.register_dependency(parts[name], [parts[needed] for needed in _needs(one) if needed in parts])
    bom.register_dependency(whole, [parts[needed] for needed in _needs(packages["aieco"]) if needed in parts] + weights)
    bom.serial_number = uuid5(NAMESPACE_URL, _identity(packages, models))
    return (
        _cyclonedx("output")
        .make_outputter(bom, schema.OutputFormat.JSON, schema.SchemaVersion.V1_6)
        .output_as_string(indent=1)
        .encode()
        + b"\n"
    )


def of_packages(packages: dict[str, Distribution], content: bytes) -> list[Fact]:
    """Heading: the document's own name."""
    heading = "Software"
    pinned = re.findall(r"^([A-Za-z0-9_.\-]+)==([^\s;]+)", (ROOT / LOCK).read_text("utf-8"), re.MULTILINE)
    lock: dict[str, set[str]] = {}
    for name, number in pinned:
        lock.setdefault(re.sub(r"[-_.]+", "-", name).lower(), set()).add(number)
    other = [name for name, one in packages.items() if name in lock and one.version not in lock[name]]
    told = f"{FILE_NAME} lists {counted(len(packages), 'package')}; its sha256 is {sha256(content).hexdigest()}."
    found = [Fact(heading, told, (f"package:aieco=={packages['aieco'].version}", file(LOCK)))]
    if not other:
        told = "What is installed and pinned by the lock has a version that it pins."
        return [*found, Fact(heading, told, (file(LOCK),))]
    for name in other:
        number = packages[name].version
        told = f"{name} is installed as {number}, and the lock pins {' or '.join(sorted(lock[name]))}."
        found.append(Fact(heading, told, (f"package:{name}=={number}", file(LOCK))))
    return found


def _cyclonedx(module: str) -> Any:
    """A module of the library: its classes are made by decorators that type checkers can't follow."""
    return import_module(f"cyclonedx.{module}")


def _package(name: str, one: Distribution) -> Any:
    from packageurl import PackageURL

    part = _cyclonedx("model.component")
    licence = _licence(one)
    address = PackageURL("pypi", None, name, one.version)
    return part.Component(
        type=part.ComponentType.LIBRARY,
        name=name,
        version=one.version,
        purl=address,
        bom_ref=address.to_string(),
        licenses=[_cyclonedx("factory.license").LicenseFactory().make_from_string(licence)] if licence else None,
    )


def _licence(one: Distribution) -> str:
    """The expression of its metadata, or the last part of its classifier; some have a whole text in the old field."""
    told = (one.metadata.get_all("License-Expression") or [""])[0]
    classified = [line for line in one.metadata.get_all("Classifier") or [] if line.startswith("License ::")]
    old = (one.metadata.get_all("License") or [""])[0].strip()
    return told or (classified[0].rpartition(" :: ")[2] if classified else old if len(old) < 60 else "")


def _weights(one: ModelVersion) -> Any:
    model, part = _cyclonedx("model"), _cyclonedx("model.component")
    known = _SHA256.fullmatch(one.sha256)
    hashed = [model.HashType(alg=model.HashAlgorithm.SHA_256, content=one.sha256)] if known else None
    return part.Component(
        type=part.ComponentType.MACHINE_LEARNING_MODEL,
        name=one.name,
        version=str(one.version),
        bom_ref=f"models:/{one.name}/{one.version}",
        hashes=hashed,
    )


def _needs(one: Distribution) -> list[str]:
    from packaging.requirements import Requirement

    found = set()
    for text in one.requires or []:
        needed = Requirement(text)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            found.add(re.sub(r"[-_.]+", "-", needed.name).lower())
    return sorted(found)


def _identity(packages: dict[str, Distribution], models: list[ModelVersion]) -> str:
    listed = [f"{name}=={one.version}" for name, one in packages.items()]
    listed += [f"{one.name}/{one.version}/{one.sha256}" for one in models]
    return sha256("\n".join(listed).encode()).hexdigest()
