"""The S3 path: with a bucket as the lake, the assets write through dagster-aws's S3Resource. The bucket is moto's."""

from pathlib import Path

import dagster as dg
import pytest
from moto.server import ThreadedMotoServer

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import open_store
from aieco_assets.core.storage.s3 import s3_client_from
from aieco_assets.defs.lake.documents import documents
from aieco_assets.defs.lake.store import lake_bucket
from aieco_assets.defs.lake.transactions import transactions
from aieco_assets.defs.warehouse.raw import raw_transactions

CSV = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "536365,85123A,WHITE HANGING HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
)


def test_documents_and_transactions_reach_a_bucket_and_the_warehouse_reads_them_there(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.md").write_text("# Returns\n\nItems can be returned within 30 days.\n")
    (tmp_path / "transactions").mkdir()
    (tmp_path / "transactions" / "2010-12-01.csv").write_text(CSV)
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        changes = {
            "documents": str(tmp_path / "documents"),
            "transactions": str(tmp_path / "transactions"),
            "lake_url": "s3://lake-bucket/company",
            "s3_endpoint_url": endpoint,
        }
        bucketed = settings.model_copy(update=changes)
        s3_client_from(bucketed).create_bucket(Bucket="lake-bucket")
        result = dg.materialize(
            [documents, transactions, raw_transactions],
            partition_key="2010-12-01",
            resources={"settings": bucketed, "s3": lake_bucket},
        )
        assert result.success
        keys = open_store(bucketed.lake, bucketed).list()
        assert "transactions/invoice_date=2010-12-01/part-0.parquet" in keys
        assert [key for key in keys if key.startswith("documents/objects/")]
        assert result.asset_materializations_for_node("raw__transactions")[0].metadata["dagster/row_count"].value == 1
        assert not (settings.home / "lake").exists()
    finally:
        server.stop()
