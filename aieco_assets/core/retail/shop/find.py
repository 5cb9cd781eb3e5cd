"""Where a shop's mapping is, and reading it: one sentence for whatever is wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.shop.mapping import Shop
from aieco_assets.core.yaml_file import read_yaml

if TYPE_CHECKING:
    from pydantic import ValidationError

FILE_NAME = "shop.yaml"
MEND = "write it again with `aieco init SOURCE --yes`"
_INNER = ("layout", "default_currency")  # fields that are no entries


def read_mapping(text: str, name: str) -> Shop:
    """The mapping in a `shop.yaml`. Raises AiecoError that names the file, the entry and what it must be."""
    from pydantic import ValidationError

    data = read_yaml(text, name, MEND)
    if not isinstance(data, dict):
        raise AiecoError(f"{name} holds no mapping: write one with `aieco init SOURCE --yes`.")
    if strange := [key for key in data if not isinstance(key, str) or key in _INNER]:
        raise AiecoError(f"{name} is not valid: {strange[0]} is no entry of it. Mend it; docs/shop.md has every entry.")
    try:
        return Shop(layout=name, **data)
    except (ValidationError, TypeError) as error:
        raise AiecoError(f"{name} is not valid: {_first(error)}. Mend it; docs/shop.md has every entry.") from None


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
