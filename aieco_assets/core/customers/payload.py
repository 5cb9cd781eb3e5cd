"""Predictions as other programs read them: plain JSON types."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

CUSTOMER_ID_CHARACTERS = 200  # of a question after a customer, whoever asks: longer is no id


def plain(value: Any) -> Any:
    """A value of any column as JSON has it: columns come and go with the models. No number (NaN) is null."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
