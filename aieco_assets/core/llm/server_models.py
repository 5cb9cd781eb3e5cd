"""What an OpenAI-compatible server says of its models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from aieco_assets.core.errors import ModelUnavailable
from aieco_assets.core.llm.server_client import MOST_BYTES, ServerClient

# Of a model's card, what says nothing of the model: vLLM gives the time of the question as `created`.
_OF_THE_MOMENT = frozenset({"created", "permission"})


def listed_models(client: ServerClient) -> dict[str, dict[str, Any]]:
    """The cards that the server lists, by the name of the model. Raises ModelUnavailable."""
    said = b""
    with client.opened("/models") as pieces:
        for piece in pieces:
            said += piece
            if len(said) > MOST_BYTES:
                break
    try:
        return {str(card["id"]): card for card in json.loads(said).get("data") or []}
    except (ValueError, AttributeError, TypeError, KeyError):
        raise ModelUnavailable(
            f"{client.shown} is no OpenAI-compatible server: its /models is not their JSON."
        ) from None


def version_of(card: Mapping[str, Any]) -> str:
    """The digest of a card."""
    lasting = {key: value for key, value in card.items() if key not in _OF_THE_MOMENT}
    return f"server-{sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()[:12]}"
