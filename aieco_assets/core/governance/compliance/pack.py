"""The compliance pack of a home: facts are gathered, rendered, and put into a folder whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.compliance.control import of_monitoring, of_rules
from aieco_assets.core.governance.compliance.data import of_data
from aieco_assets.core.governance.compliance.facts import Fact
from aieco_assets.core.governance.compliance.models import of_approvals, of_models
from aieco_assets.core.governance.compliance.render import JSON_FILE, NOTE, SOURCES_FILE, as_json, index, page
from aieco_assets.core.governance.compliance.render import sources_page as sources
from aieco_assets.core.governance.compliance.risks import of_risks
from aieco_assets.core.governance.compliance.sbom import FILE_NAME, champions, installed_packages, of_packages, sbom
from aieco_assets.core.governance.compliance.system_card import of_system
from aieco_assets.core.settings import Settings

TITLES = {
    "system-card": "System card, under the headings of Annex IV of Regulation (EU) 2024/1689",
    "models": "Model cards",
    "approvals": "Approvals and rollbacks",
    "data": "Data: sources, amounts, freshness",
    "rules": "Rules in force: personal data, readers' rights, policies",
    "monitoring": "Monitoring",
    "risks": "Risk register",
    "software": "Software",
}


@dataclass(frozen=True)
class Pack:
    """`files`: name -> bytes; `pages`: page -> its facts."""

    files: dict[str, bytes]
    pages: dict[str, list[Fact]]


def gather(settings: Settings) -> Pack:
    """All of it, from the home as it is; nothing is written. Raises AiecoError where a part can't be read."""
    packages = installed_packages()
    if "aieco" not in packages:
        raise AiecoError("aieco is not installed as a package here: run `make setup`, which does it.")
    materials = sbom(packages, champions(settings))
    found: dict[str, list[Fact]] = {
        "models": of_models(settings),
        "approvals": of_approvals(settings),
        "data": of_data(settings),
        "rules": of_rules(settings),
        "monitoring": of_monitoring(settings),
        "risks": of_risks(),
        "software": of_packages(packages, materials),
    }
    found["system-card"] = of_system(settings, dict(found))
    pages = {name: found[name] for name in TITLES}
    files = {f"{name}.md": page(TITLES[name], facts) for name, facts in pages.items()}
    files |= {FILE_NAME: materials, SOURCES_FILE: sources(pages)}
    titles = {f"{name}.md": title for name, title in TITLES.items()}
    files["README.md"] = index({**titles, FILE_NAME: "Bill of materials (CycloneDX)", SOURCES_FILE: "Sources"})
    digests = {name: sha256(data).hexdigest() for name, data in sorted(files.items())}
    return Pack({**files, JSON_FILE: as_json(pages, digests)}, pages)


def export(settings: Settings, folder: Path) -> Pack:
    """Writes the pack into `folder`, in place of one that is there. Raises AiecoError where something else is, or it
    can't be written."""
    folder = folder.expanduser().absolute()
    if folder.exists() and not _is_pack(folder):
        raise AiecoError(f"{folder} holds something else than a compliance pack: name a folder that is empty or new.")
    found = gather(settings)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
            new, old = Path(beside) / "new", Path(beside) / "old"
            new.mkdir(mode=0o700)
            for name, data in found.files.items():
                (new / name).write_bytes(data)
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise AiecoError(f"{folder} cannot be written ({error.strerror}): name a folder that can.") from None
    return found


def _is_pack(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    if not any(folder.iterdir()):
        return True
    try:
        return json.loads((folder / JSON_FILE).read_bytes())["note"] == NOTE
    except (OSError, ValueError, KeyError, TypeError):
        return False
