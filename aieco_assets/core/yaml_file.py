"""YAML that people write: read safely, with one sentence for whatever is wrong in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aieco_assets.core.errors import AiecoError

MOST = 2_000_000  # characters; what is longer is another file
_DEEPEST = 100  # libyaml reads what is in one another by recursion that nothing stops: its process would crash


def read_yaml(text: str, name: str, mend: str) -> Any:
    """What a YAML file says. `mend`: what else to do than mend it by hand, a clause.

    Raises AiecoError where it is none, is too long or too deep, or says one thing twice.
    """
    import yaml

    return _read(text, name, mend, yaml.load)


def read_yamls(text: str, name: str, mend: str) -> list[Any]:
    """What each document of a YAML file says, else as `read_yaml`."""
    import yaml

    return _read(text, name, mend, lambda text, loader: [*yaml.load_all(text, loader)])


def _read(text: str, name: str, mend: str, load: Callable[[str, Any], Any]) -> Any:
    import yaml

    libyaml: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # twelve times as fast

    class Loader(libyaml):
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
    depth = 0
    try:
        for event in yaml.parse(text, libyaml):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise AiecoError(f"{name} is more than {_DEEPEST} levels deep: mend it, or {mend}.")
        return load(text, Loader)  # a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a ValueError is a date or a number that is none
        mark = getattr(error, "problem_mark", None)
        last = text.count("\n")  # libyaml counts one more at the end
        where = f" (line {min(mark.line, last) + 1})" if mark else ""
        raise AiecoError(f"{name} is no YAML{where}: mend it, or {mend}.") from None
