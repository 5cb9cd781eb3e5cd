"""YAML that people write: read safely, with one sentence for whatever is wrong in it."""

from __future__ import annotations

from typing import Any

from aieco_assets.core.errors import AiecoError

MOST = 1_000_000  # characters; YAML is slow to read, and what is longer is another file


def read_yaml(text: str, name: str, mend: str) -> Any:
    """What a YAML file says. `mend`: what else to do than mend it by hand, a clause.

    Raises AiecoError where it is none, is too long, or says one thing twice.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            seen: set[str] = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                    if key.value in seen:
                        raise AiecoError(
                            f"{name} says {key.value} twice (line {key.start_mark.line + 1}): leave one out."
                        )
                    seen.add(key.value)
            return super().construct_mapping(node, deep)

    if len(text) > MOST:
        raise AiecoError(f"{name} has more than {MOST:,} characters, which are not read: shorten it, or {mend}.")
    try:
        return yaml.load(text, Loader)  # noqa: S506  (a SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a ValueError is a date or a number that is none
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise AiecoError(f"{name} is no YAML{where}: mend it, or {mend}.") from None
