"""What the commands of governance print."""

from __future__ import annotations

from pathlib import Path

import pytest

from aieco_assets.core.governance.certificate import Certificate
from aieco_assets.core.governance.erasure import Erased
from aieco_assets.orchestrate.documents import print_documents
from aieco_assets.orchestrate.erasure import print_erased


def test_a_home_without_documents_says_what_reads_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_documents([])
    assert "`aieco run`" in capsys.readouterr().out


@pytest.mark.parametrize(("subject", "anew"), [("customer:0f", True), ("path:0f", False)])
def test_only_a_customer_leaves_aggregates_to_be_made_anew(
    subject: str, anew: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    print_erased(Erased(Path("c.json"), Certificate(subject, "ben", "", "2026-11-27")))
    assert ("aggregates" in capsys.readouterr().out) is anew
