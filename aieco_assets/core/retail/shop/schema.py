"""Writes the JSON schema of `shop.yaml` into docs/: python -m aieco_assets.core.retail.shop.schema."""

from __future__ import annotations

import json
from pathlib import Path

from aieco_assets.core.retail.shop.mapping import json_schema


def main() -> None:
    """Write docs/shop.schema.json below the current folder."""
    Path("docs/shop.schema.json").write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
