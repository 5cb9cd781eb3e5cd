"""YAML that people write: read safely, with one sentence for whatever is wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from aieco_assets.core.errors import AiecoError

MOST = 2_000_000  # characters, written or repeated by aliases; what is longer is another file
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

    seen_before: set[Any] = set()

    class Loader(libyaml):
        def flatten_mapping(self, node: Any) -> None:
            seen: set[str] = set()
            # With what `<<` brings in, it may have a key twice from then on.
            for key, _ in node.value if node not in seen_before else ():
                if isinstance(key, yaml.ScalarNode):
                    if key.value in seen:
                        raise AiecoError(
                            f"{name} says {key.value} twice (line {key.start_mark.line + 1}): leave one out."
                        )
                    seen.add(key.value)
            seen_before.add(node)
            super().flatten_mapping(node)

    if len(text) > MOST:
        raise AiecoError(f"{name} has more than {MOST:,} characters, which are not read: shorten it, or {mend}.")
    try:
        refuse_repetition(yaml.parse(text, libyaml), name, mend)
        return load(text, Loader)  # a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a ValueError is a date or a number that is none
        mark = getattr(error, "problem_mark", None)
        last = text.count("\n")  # libyaml counts one more at the end
        where = f" (line {min(mark.line, last) + 1})" if mark else ""
        raise AiecoError(f"{name} is no YAML{where}: mend it, or {mend}.") from None


def refuse_repetition(events: Iterable[Any], name: str, mend: str) -> None:
    """Raises AiecoError for what is too deep or, written out, too long: a few lines of aliases of aliases are as much
    as no memory holds."""
    import yaml

    open_: list[list[Any]] = []  # of each collection its anchor, the characters before it, and the levels in it
    sizes: dict[str | None, tuple[int, int]] = {}  # characters and levels by anchor
    size = 0
    for event in events:
        levels = 0
        if isinstance(event, yaml.AliasEvent):
            more, levels = sizes.get(event.anchor, (0, 0))
            size += more
            if size > MOST:
                raise AiecoError(
                    f"{name} has more than {MOST:,} characters with what its aliases repeat: leave them out, or {mend}."
                )
        elif isinstance(event, yaml.ScalarEvent):
            sizes[event.anchor] = len(event.value) + 1, 0
            size += len(event.value) + 1
        elif isinstance(event, yaml.CollectionStartEvent):
            open_.append([event.anchor, size, 0])
            sizes[event.anchor] = MOST, 0  # an alias in what it stands for has no end
            size += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before, levels = open_.pop()
            levels += 1
            sizes[anchor] = size - before, levels
        if len(open_) + levels > _DEEPEST:
            raise AiecoError(f"{name} is more than {_DEEPEST} levels deep: mend it, or {mend}.")
        if open_:
            open_[-1][2] = max(open_[-1][2], levels)
