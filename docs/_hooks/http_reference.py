"""The page of routes, from the OpenAPI document of the service."""

from __future__ import annotations

import json
from typing import Any

from markdown_table import WRITTEN, cell, escaped, table


def http_page() -> str:
    """The routes of the service, from its OpenAPI document."""
    document = json.loads(openapi_text())
    parts = [
        f"# HTTP\n\n{document['info']['summary']} Keys: `Authorization: Bearer …` ([security](../security.md)). The"
        " whole document, with every schema, is [openapi.json](openapi.json) and `/openapi.json` of a running service."
        f"\n{WRITTEN}"
    ]
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            parts.append(_route(method.upper(), path, route, schemas))
    return "\n".join(parts)


def _route(method: str, path: str, route: dict[str, Any], schemas: dict[str, Any]) -> str:
    rows = [
        (f"`{one['name']}`", one["in"], cell(one.get("description", "")), "yes" if one.get("required") else "")
        for one in route.get("parameters", [])
    ]
    for media in route.get("requestBody", {}).get("content", {}).values():
        schema = schemas.get(media["schema"].get("$ref", "").rsplit("/", 1)[-1], media["schema"])
        needed = schema.get("required", [])
        rows += [
            (f"`{name}`", "body", cell(_meaning(field)), "yes" if name in needed else "")
            for name, field in schema.get("properties", {}).items()
        ]
    answers = ", ".join(f"{code} {one.get('description', '')}".strip() for code, one in route["responses"].items())
    said = (route.get("description") or route.get("summary") or "").strip()
    fields = f"\n{table(('field', 'in', 'means', 'needed'), rows)}" if rows else ""
    return f"## {method} {path}\n\n{escaped(said)}\n{fields}\nAnswers: {escaped(answers)}.\n"


def _meaning(field: dict[str, Any]) -> str:
    examples = field.get("examples") or []
    shown = (
        f"Example: `{json.dumps(examples[0], ensure_ascii=False)}`."
        if examples and examples[0] not in (None, [])
        else ""
    )
    return " ".join(part for part in (field.get("description", ""), shown) if part) or field.get("title", "")


def openapi_text() -> str:
    """The OpenAPI document of the service; nothing is opened for it."""
    import tempfile
    from pathlib import Path

    from aieco_assets.core.settings import Settings
    from bento.app import create_app
    from bento.backend import Backend

    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), _env_file=None)  # type: ignore[call-arg]
        return json.dumps(create_app(Backend(settings)).openapi(), indent=1, ensure_ascii=False) + "\n"
