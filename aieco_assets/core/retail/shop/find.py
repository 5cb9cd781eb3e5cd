"""Where a shop's mapping is, and reading it: one sentence for whatever is wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.shop.mapping import Shop

if TYPE_CHECKING:
    from pydantic import ValidationError

FILE_NAME = "shop.yaml"
_MOST = 1_000_000  # characters; YAML is slow to read, and what is longer is another file
_INNER = ("layout", "default_currency")  # fields that are no entries


def read_mapping(text: str, name: str) -> Shop:
    """The mapping in a `shop.yaml`. Raises AiecoError that names the file, the entry and what it must be."""
    from pydantic import ValidationError

    data = _loaded(text, name)
    if not isinstance(data, dict):
        raise AiecoError(f"{name} holds no mapping: write one with `aieco init SOURCE --yes`.")
    if strange := [key for key in data if not isinstance(key, str) or key in _INNER]:
        raise AiecoError(f"{name} is not valid: {strange[0]} is no entry of it. Mend it; docs/shop.md has every entry.")
    try:
        return Shop(layout=name, **data)
    except (ValidationError, TypeError) as error:
        raise AiecoError(f"{name} is not valid: {_first(error)}. Mend it; docs/shop.md has every entry.") from None


def _loaded(text: str, name: str) -> Any:
    """What a YAML file says. Raises AiecoError where it is none, or says one thing twice."""
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

    if len(text) > _MOST:
        raise AiecoError(f"{name} is too long for a mapping: write it again with `aieco init SOURCE --yes`.")
    try:
        return yaml.load(text, Loader)  # noqa: S506  (a SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a ValueError is a date or a number that is none
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise AiecoError(
            f"{name} is no YAML{where}: mend it, or write it again with `aieco init SOURCE --yes`."
        ) from None


def written_mapping(shop: Shop, comment: str = "") -> str:
    """The mapping as YAML, without what is as by default."""
    import yaml

    data = shop.model_dump(mode="json", exclude_defaults=True, exclude={"layout", "default_currency"})
    text = yaml.safe_dump(_plain(data), sort_keys=False, allow_unicode=True, width=110)
    return "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines()) + text


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items() if entry not in (None, {}, [])}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value


def _first(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return str(error).split(") ")[-1]
    found = error.errors()[0]
    place = ".".join(
        str(part) for part in found["loc"] if not str(part).startswith(("tuple[", "constrained-", "function-"))
    )
    if found["type"] == "extra_forbidden":
        return f"{place} is no entry of it"
    if found["type"] == "missing":
        return f"{place} is missing"
    said = found["msg"].removeprefix("Value error, ")
    return f"{place}: {said}" if place and not said.startswith(place) else said
