"""The one form of an error's body, and the one that OpenAI's clients can read."""

from __future__ import annotations

import re
from typing import Any

# What OpenAI's clients ask, with the version in front or forgotten.
_OPENAI = ("/v1/", "/chat/completions", "/completions", "/responses", "/embeddings", "/models")
_PARAM = re.compile(r"([\w.]{1,60}): ")
_KINDS = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}


def error_body(path: str, status: int, sentence: str) -> dict[str, Any]:
    """`{"error": sentence}`; for OpenAI's clients the object that they read, `param` being the field that is named."""
    if not path.startswith(_OPENAI):
        return {"error": sentence}
    kind = _KINDS.get(status, "invalid_request_error" if status < 500 else "server_error")
    param = _PARAM.match(sentence)
    return {"error": {"message": sentence, "type": kind, "param": param[1] if param else None, "code": None}}
