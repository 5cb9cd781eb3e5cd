"""What components cost a graph that has none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.components.project import ROOT


def test_a_graph_without_declarations_imports_no_component(tmp_path: Path) -> None:
    assert not [*(ROOT / "aieco_assets" / "defs").rglob("defs.yaml")]
    code = (
        "import sys; from aieco_assets.definitions import defs; defs();"
        "rooms = ('aieco_assets.components', 'aieco_assets.core.declared');"
        "print([one for one in sys.modules if one.startswith(rooms)])"
    )
    environment = {"AIECO_HOME": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
