"""A day of the lake, and the record of its load, as binary COPY takes them into `raw`."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.lines.typed import LINE_COLUMNS
from aieco_assets.core.retail.source import lines_key
from aieco_assets.core.storage.objects import ObjectStore

if TYPE_CHECKING:
    import pyarrow as pa


def day_table(store: ObjectStore, day: date, digest: str, now: datetime) -> pa.Table:
    """One day of the lake in the table's column order. Raises AiecoError when it is not what was landed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = store.get(lines_key(day))
    if sha256(data).hexdigest() != digest:
        url = store.url(lines_key(day))
        raise AiecoError(f"{url} is not what was landed: delete it and materialise lake/transactions again.")
    table = pq.ParquetFile(BytesIO(data)).read(use_threads=False)  # read_table opens a data set, for longer
    schema = _schema()
    if not {*LINE_COLUMNS[1:]} <= {*table.column_names}:
        url = store.url(lines_key(day))
        raise AiecoError(f"{url} was landed by an older release: materialise lake/transactions of that day again.")
    table = table.append_column("_extra", _jsonb(table["extra"]))
    for name, value in (("invoice_date", day), ("_loaded_at", now)):
        table = table.append_column(name, pa.repeat(pa.scalar(value, schema.field(name).type), table.num_rows))
    return table.select(schema.names).cast(schema)


def _schema() -> pa.Schema:
    """raw.transactions as Arrow; binary COPY needs exactly the table's types."""
    import pyarrow as pa

    return pa.schema(
        {
            "invoice_date": pa.date32(),
            "invoice_no": pa.string(),
            "stock_code": pa.string(),
            "description": pa.string(),
            "category": pa.string(),
            "quantity": pa.decimal128(18, 4),
            "invoiced_at": pa.timestamp("us"),
            "unit_price": pa.decimal128(18, 6),
            "amount": pa.decimal128(28, 6),
            "customer_id": pa.string(),
            "country": pa.string(),
            "store": pa.string(),
            "line_type": pa.string(),
            "is_product": pa.bool_(),
            "order_type": pa.string(),
            "_source_file": pa.string(),
            "_day_row": pa.int32(),
            "_row_number": pa.int32(),
            "_loaded_at": pa.timestamp("us", tz="UTC"),
            "_extra": pa.binary(),
        }
    )


def _jsonb(texts: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """JSON texts as binary COPY wants jsonb: version byte 1, then the text. ADBC has no type for it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [pa.scalar("\x01"), texts.cast(pa.string()), pa.scalar("")]  # the last one is what stands between
    return pc.call_function("binary_join_element_wise", parts).cast(pa.binary())


def loads_table(fresh: dict[date, str], counts: dict[date, int], now: datetime) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema(
        {
            "invoice_date": pa.date32(),
            "sha256": pa.string(),
            "rows": pa.int32(),
            "loaded_at": pa.timestamp("us", tz="UTC"),
        }
    )
    rows = [(day, digest, counts[day], now) for day, digest in fresh.items()]
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)
