import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import get_settings
from aieco_assets.core.storage.urls import scrubbed, shown, why_unreadable


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


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://aieco:s3cr@t/w0rd@db.example:5432/aieco",  # the host would be t, and the rest be shown
        "postgresql://aieco:s3cr@tw0rd@db.example/aieco",
        "postgresql://aieco:s3cr/tw0rd@db.example/aieco",
        "postgresql://aieco:s3cr?tw0rd@db.example/aieco",
        "postgresql://aieco:s3cr#tw0rd@db.example/aieco",
        "postgresql://aieco:s3cr%tw0rd@db.example/aieco",
        "postgresql://aieco:s3crtw0rd@[::1/aieco",
        "postgres://aieco:s3crtw0rd@db.example/aieco",
        "mysql://aieco:s3crtw0rd@db.example/aieco",
    ],
)
def test_a_postgres_url_that_is_none_is_refused_in_a_sentence_that_shows_nothing_of_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIECO_POSTGRES_URL", url)
    get_settings.cache_clear()
    with pytest.raises(AiecoError, match="AIECO_POSTGRES_URL is not valid: ") as refused:
        get_settings()
    get_settings.cache_clear()
    assert not any(part in str(refused.value) for part in ("s3cr", "w0rd", "db.example"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "postgresql://aieco:s3cr%40t%2Fw0$rd@db.example:5432/aieco?sslmode=require",
        "postgresql://aieco@h1:5432,h2:5433/aieco",
        "postgresql:///aieco?host=/run/a@b",
        "postgresql://aieco:secret@[::1]:5432/aieco",
    ],
)
def test_a_postgres_url_may_have_all_that_libpq_reads(url: str) -> None:
    assert why_unreadable(url) == ""
