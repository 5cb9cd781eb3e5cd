"""What is expected of customers."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException

from aieco_assets.core.customers.payload import plain
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
