"""The risk register: the rows of docs/security.md, each with what is done about it and the tests that hold it."""

from __future__ import annotations

import re

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.compliance.facts import ROOT, Fact, file, listed

DOCUMENT = "docs/security.md"
_ROW = re.compile(r"^\| ([^|]+?) \| ([^|]+?) \| ([^|]+?) \|$")
_TEST = re.compile(r"`(tests/[^`]+?::[^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


def of_risks() -> list[Fact]:
    """Headings are the risks. Raises AiecoError where the register is not part of this installation."""
    document = file(DOCUMENT)
    found = []
    for line in (ROOT / DOCUMENT).read_text("utf-8").splitlines():
        told = _ROW.match(line)
        tests = _TEST.findall(told[3]) if told else []
        if not told or not tests:
            continue
        risk, done = told[1], _LINK.sub(r"\1", told[2]).replace("`", "")
        held = tuple(f"test:{test}" for test in tests)
        found.append(Fact(risk, done if done.endswith(".") else f"{done}.", (document,)))
        names = listed([test.rpartition("::")[2].removeprefix("test_").replace("_", " ") for test in tests])
        found.append(Fact(risk, f"It is held by {'a test' if len(tests) == 1 else 'tests'}: {names}.", held))
    if not found:
        raise AiecoError(f"{DOCUMENT} holds no table of risks: put it back from the project's repository.")
    return found
