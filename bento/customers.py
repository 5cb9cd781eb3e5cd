"""What is expected of customers."""

from __future__ import annotations

import math
from datetime import date
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException

from bento import inputs, schemas
from bento.request_queues import TheQueues


def add(app: FastAPI) -> None:
    @app.post("/predict", summary="Expected purchases of customers", tags=["customers"])
    async def predict(asked: inputs.PredictRequest, request: Request, queues: TheQueues) -> schemas.PredictResponse:
        found = await queues.predict(request, asked.customer_ids)
        if not found.rows:
            raise HTTPException(404, "None of these customers has a prediction.")
        rows = [{name: plain(value) for name, value in row.items()} for row in found.rows]
        return schemas.PredictResponse(predictions=rows, unknown=found.unknown, trace_id=found.trace_id)

    @app.post("/customers/history", summary="What a customer has bought, by month", tags=["customers"])
    async def history(asked: inputs.HistoryRequest, request: Request, queues: TheQueues) -> schemas.HistoryResponse:
        found = await queues.look_up(request, partial(queues.backend.history, asked.customer_id))
        if found is None:
            raise HTTPException(404, "This customer has bought nothing yet.")
        return schemas.HistoryResponse.model_validate(found)


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
