"""A few lines of YAML may be as much as no memory holds."""

from __future__ import annotations

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.yaml_file import read_yaml


def _lines(first: str, line: str, times: int) -> str:
    """Each line says the one before it ten times."""
    lines = (f"a{n}: &a{n} " + line.replace("*", ", ".join([f"*a{n - 1}"] * 10)) for n in range(1, times))
    return "\n".join([f"a0: &a0 {first}", *lines])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (_lines("[x]", "[*]", 12), "more than 2,000,000 characters with what its aliases repeat"),
        (_lines("{x: 1}", "{<<: [*]}", 12), "more than 2,000,000 characters with what its aliases repeat"),
        ("a: &a\n  b: *a", "more than 2,000,000 characters with what its aliases repeat"),
        ("a0: &a0 []\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 200)), "more than 100 levels deep"),
        ("a: &a {}\nb:\n  <<: *a\n  <<: *a\n", "says << twice"),
        ("a: !!python/object/apply:os.getcwd []", "is no YAML"),
    ],
)
def test_what_would_be_endless_is_refused(text: str, reason: str):
    with pytest.raises(AiecoError, match=reason):
        read_yaml(text, "shop.yaml", "write it again")


def test_an_alias_may_be_used_as_it_is_meant():
    text = "base: &b {x: 1, y: 1}\ntop: {deep: {inner: &a {<<: *b, x: 2}}}\nother: {<<: *a, z: [*b, *b]}\n"
    base = {"x": 1, "y": 1}
    changed = {"x": 2, "y": 1}
    assert read_yaml(text, "shop.yaml", "write it again") == {
        "base": base,
        "top": {"deep": {"inner": changed}},
        "other": {**changed, "z": [base, base]},
    }
