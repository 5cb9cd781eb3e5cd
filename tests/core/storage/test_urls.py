import pytest

from aieco_assets.core.storage.urls import scrubbed, shown


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("/data/in", "/data/in"),
        ("s3://shop/in", "s3://shop/in"),
        ("https://clerk:p%40ss@host:8443/in/?token=t#x", "https://host:8443/in/"),
        ("postgresql://u:p@host/db?table=a.b&cursor=c&password=q&sslmode=require", "postgresql://host/db?table=a.b"),
        ("mongodb://u:p@h1:1,h2:2/db?collection=sales&replicaSet=r", "mongodb://h1:1,h2:2/db?collection=sales"),
        ("sqlite:////data/shop.db?table=sales", "sqlite:////data/shop.db?table=sales"),
        ("postgresql://u:p@[::1/db", "the given postgresql url"),
    ],
)
def test_what_a_url_shows(url: str, seen: str) -> None:
    assert shown(url) == seen


def test_secrets_are_cut_out_however_they_are_written() -> None:
    url = "postgresql://clerk:p%40ss@host/db?sslpassword=other&table=sales"
    said = f"no way in to {url} for clerk with p@ss or p%40ss or other, table sales"
    told = scrubbed(said, url)
    assert not any(secret in told for secret in ("p%40ss", "p@ss", "other"))
    assert "table sales" in told
