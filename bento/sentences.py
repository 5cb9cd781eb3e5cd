"""The one form of an error's body, and the one that OpenAI's clients can read."""

from __future__ import annotations

from typing import Any

_KINDS = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}


def error_body(path: str, status: int, sentence: str) -> dict[str, Any]:
    """`{"error": sentence}`; below /v1/ the object that OpenAI's clients take the message from."""
    if not path.startswith("/v1/"):
        return {"error": sentence}
    kind = _KINDS.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": sentence, "type": kind, "param": None, "code": None}}
