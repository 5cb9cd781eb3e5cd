"""Every setting of the platform, read once from the environment and `.env`; nothing is opened here."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from pydantic import AliasChoices, Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.lineage.destination import destination_of
from aieco_assets.core.quiet_hours import checked_with_zone
from aieco_assets.core.storage.urls import why_unreadable

PACKAGED = "packaged"


class Settings(BaseSettings):
    """What a user can choose, with the embedded defaults. Environment prefix `AIECO_`.

    Urls left empty mean "the embedded part under `home`"; the properties below give the resolved places.
    """

    model_config = SettingsConfigDict(
        env_prefix="AIECO_", env_file=".env", env_ignore_empty=True, frozen=True, extra="ignore", populate_by_name=True
    )

    home: Path = Field(Path(".aieco"), description="Where everything that the platform writes lives.")
    # Urls of these two may hold a password: use core.storage.urls.shown for whatever people see.
    documents: str = Field("", repr=False, description="Folder, s3:// or http(s):// listing; empty: the sample.")
    transactions: str = Field(
        "",
        repr=False,
        description="Folder, s3://, http(s):// listing, SQL url with ?table=, mongodb:// url with ?collection=.",
    )
    shop: str = Field("", description="The mapping of the transactions' columns; default: shop.yaml beside them.")
    lake_url: str = Field("", description="Object store of the lake: a folder or s3://bucket/prefix.")
    lancedb_url: str = Field("", description="LanceDB: a folder or s3://bucket/prefix.")
    postgres_url: SecretStr = Field(SecretStr(""), description="postgresql:// url of the warehouse; empty: embedded.")
    mlflow_tracking_uri: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("MLFLOW_TRACKING_URI", "AIECO_MLFLOW_TRACKING_URI")
    )
    s3_endpoint_url: str = Field("", description="Endpoint of an S3-compatible store; empty: AWS.")

    engine: Literal["local", "ray"] = Field(
        "local", description="Where heavy steps work: in their own process, or on the nodes of a Ray cluster."
    )
    ray_address: str = Field(
        "", description="ray://host:10001, or host:6379 from a node of the cluster; empty: the one of this machine."
    )
    embedder: str = Field(PACKAGED, description="`packaged`, a folder, or a sentence-transformers hub id.")
    read_ahead: int = Field(
        2_000, ge=0, description="Chunks up to which every sentence is read with the index, for fast first answers."
    )
    keep_versions: int = Field(3, ge=1, description="Published versions of the knowledge base that can be searched.")
    llm: str = Field(PACKAGED, description="`packaged`, a .gguf path, `repo/id:file.gguf`, or http(s):// (OpenAI API).")
    llm_template: str = Field(
        "", description="chatml, llama-2, llama-3, mistral, gemma or qwen; unset: the template in the model's file."
    )
    llm_context: int = Field(4096, ge=256, le=1_048_576, description="Tokens, at most those the model was trained on.")
    llm_temperature: float = Field(0.0, ge=0, le=2, description="0: the likeliest word each time.")
    llm_top_p: float = Field(1.0, gt=0, le=1, description="Share of the likeliest words that one is drawn from.")
    llm_max_tokens: int = Field(56, ge=1, le=65_536, description="Of an answer.")
    retrieval_k: int = Field(8, ge=1, le=40, description="Chunks whose sentences are looked at for an answer.")
    llm_concurrency: int = Field(
        0, ge=0, le=256, description="Questions that a model server answers at once; 0: 8. A model in a file takes one."
    )
    llm_connect_seconds: float = Field(5, gt=0, le=600, description="Until a model server takes a connection.")
    llm_read_seconds: float = Field(30, gt=0, le=3600, description="The longest silence of a model server.")
    llm_total_seconds: float = Field(60, gt=0, le=3600, description="For one text of a model server, retries included.")
    llm_retries: int = Field(2, ge=0, le=10, description="Before the first word: refused connections, 429, 502 to 504.")
    llm_cooldown_seconds: float = Field(
        30, ge=0, le=3600, description="That a model server is left alone after three failures running; 0: never."
    )
    llm_price_in: float | None = Field(None, ge=0, description="Of a million tokens that are read; unset: no cost.")
    llm_price_out: float | None = Field(None, ge=0, description="Of a million tokens that are written.")
    n_gpu_layers: int = Field(0, ge=-1, description="Layers of the LLM kept on the GPU; -1: all.")
    n_threads: int = Field(2, ge=1, le=256)

    host: str = Field("127.0.0.1", description="Address that every server binds.")
    dagster_port: int = Field(3000, ge=1, le=65535)
    mlflow_port: int = Field(5000, ge=1, le=65535)
    service_port: int = Field(3001, ge=1, le=65535)
    llm_port: int = Field(3002, ge=1, le=65535, description="Of the language model as a service of its own.")
    vllm_port: int = Field(8000, ge=1, le=65535, description="On loopback, of vLLM behind that service.")
    dashboard_port: int = Field(8050, ge=1, le=65535)
    api_keys: SecretStr = Field(
        SecretStr(""),
        description="Comma-separated keys, plain or as `aieco key` prints them; required off loopback.",
    )
    api_key: SecretStr = Field(
        SecretStr(""), description="What `aieco ask` shows to a service; empty: a plain one of these."
    )
    requests_per_minute: int = Field(600, ge=0, description="That each API key may make; 0: any number.")
    tokens_per_day: int = Field(
        0, ge=0, description="Of the LLM, read and written, that each API key may use; 0: any number."
    )
    canary_share: float = Field(
        0.0, ge=0, le=1, description="Share of the conversations that a challenger of llm or rag answers."
    )
    shadow_share: float = Field(
        0.0, ge=0, le=1, description="Share of the questions that a challenger answers too, unseen, while nobody waits."
    )
    service_url: str = Field("", description="A running service; `aieco ask` uses it when set.")

    login_port: int = Field(8080, ge=1, le=65535, description="Of the one login in front of everything.")
    login_url: str = Field(
        "", description="By which browsers reach the login: https://…; empty: http:// on loopback and its port."
    )
    login_users: str = Field("", description="The file of local users; empty: governance/users.json of home.")
    login_idle_minutes: int = Field(60, ge=1, le=10_080, description="Without a request, after which a session ends.")
    login_hours: float = Field(12, gt=0, le=720, description="After which a session ends in any case.")
    login_secret: SecretStr = Field(
        SecretStr(""),
        description="By which the service knows the login, 32 characters or more; `aieco up --login` makes one.",
    )
    login_upstreams: str = Field(
        "",
        repr=False,
        description="dagster=http://host:port,mlflow=…,dashboard=…,service=…; set by `aieco up --login`.",
    )
    login_oidc_issuer: str = Field("", description="https:// of an OpenID Connect provider; empty: local users only.")
    login_oidc_client_id: str = Field("", description="Under which the platform is known there.")
    login_oidc_client_secret: SecretStr = Field(SecretStr(""), description="Of a confidential client.")
    login_oidc_roles: str = Field("", description="admin=platform,analyst=data+sales: groups there that have a role.")
    login_oidc_groups_claim: str = Field("groups", description="The claim with a person's groups.")
    login_oidc_name_claim: str = Field("email", description="The claim that names a person, here and in the audit log.")

    promotion_people: Literal[1, 2] = Field(
        1, description="People who have to ask for a champion; 2: four eyes, and no gate or policy promotes alone."
    )
    promotion: Literal["automatic", "manual"] = Field(
        "automatic", description="Whether a model that passes its gate goes into production, or waits for a person."
    )
    slices: str = Field(
        "", description="country,segment,age: by what models are compared group by group; empty: all that there is."
    )
    policies: str = Field("", description="Folder of policy files; default: policies/ of the project.")
    pii: str = Field("", description="pii.yaml: what happens to personal data, by kind; empty: what is shipped.")
    alerts: SecretStr = Field(
        SecretStr(""), description="Comma-separated apprise urls that incidents are told to; empty: the log alone."
    )
    alerts_quiet_hours: str = Field(
        "", description="22:00-06:00 (UTC) or 22:00-06:00 Europe/Berlin: only what is critical is told then."
    )
    alerts_calm_minutes: int = Field(
        15, ge=0, le=1440, description="That an incident has to be over before it counts as recovered."
    )
    lineage: str = Field(
        "", description="OpenLineage events go to file:///folder/events.jsonl or https://collector; empty: nowhere."
    )
    lineage_key: SecretStr = Field(SecretStr(""), description="What the collector of lineage is shown as a bearer.")
    lineage_namespace: str = Field(
        "aieco",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$",
        description="Of our datasets and jobs there.",
    )
    first_day: date = Field(date(2009, 12, 1), description="First daily partition; earlier rows are rejected.")
    pseudonym_key: SecretStr = Field(
        SecretStr(""),
        description="Secret behind customers' pseudonyms, 32 characters or more; empty: made in home.",
    )
    governance_key: SecretStr = Field(
        SecretStr(""),
        description="Secret behind tombstones and the audit's names, 32 characters or more; empty: made in home.",
    )

    _role: str = PrivateAttr("")

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("promotion_people", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return int(value) if value in ("1", "2") else value  # an environment holds texts

    @field_validator("pseudonym_key", "governance_key", "login_secret")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 32:
            raise ValueError("it has fewer than 32 characters (`openssl rand -hex 32` makes one)")
        return value

    @field_validator("postgres_url")
    @classmethod
    def _is_read_alike(cls, value: SecretStr) -> SecretStr:
        if said := why_unreadable(value.get_secret_value()):
            raise ValueError(said)
        return value

    @field_validator("alerts_quiet_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        return value and checked_with_zone(value)

    @field_validator("lineage")
    @classmethod
    def _place_for_events(cls, value: str) -> str:
        if value:
            destination_of(value)
        return value

    @property
    def llm_is_server(self) -> bool:
        return self.llm.startswith(("http://", "https://"))

    @property
    def llm_slots(self) -> int:
        """Questions that the language model of AIECO_LLM is asked at once."""
        return (self.llm_concurrency or 8) if self.llm_is_server else 1

    @property
    def slice_names(self) -> tuple[str, ...]:
        """The columns of AIECO_SLICES; empty: all."""
        return tuple(dict.fromkeys(name for one in self.slices.split(",") if (name := one.strip())))

    @property
    def lake(self) -> str:
        return self.lake_url or str(self.home / "lake")

    @property
    def lancedb(self) -> str:
        return self.lancedb_url or str(self.home / "lancedb")

    @property
    def artifacts(self) -> Path:
        """MLflow artifacts written without a tracking server in between."""
        return self.home / "artifacts"

    @property
    def reports(self) -> Path:
        """HTML that people open: drift reports, plots."""
        return self.home / "reports"

    @property
    def dbt_docs(self) -> Path:
        """The dbt docs site, one file."""
        return self.reports / "dbt-docs.html"

    @property
    def dbt_target(self) -> Path:
        return self.home / "dbt" / "target"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    @property
    def bentoml_home(self) -> Path:
        return self.home / "bentoml"

    @property
    def documents_source(self) -> str:
        return self.documents or str(self.home / "sample" / "documents")

    @property
    def transactions_source(self) -> str:
        return self.transactions or str(self.home / "sample" / "transactions")

    def database(self, suffix: str = "") -> str:
        """Url of the warehouse, or of its sibling database (`dagster`, `mlflow`) on the same server.

        Raises AiecoError while the embedded server has not been started: `core.stack.platform.open_platform` does that.
        """
        url = self.postgres_url.get_secret_value()
        if not url:
            raise AiecoError("No Postgres is open: start with `aieco up`, or set AIECO_POSTGRES_URL.")
        parts = urlsplit(url)
        name = parts.path.lstrip("/") or "aieco"
        return parts._replace(path=f"/{name}_{suffix}" if suffix else f"/{name}").geturl()

    @property
    def warehouse(self) -> str:
        """Url of the warehouse; connections by it have the role of `acting_as`, if there is one."""
        if not self._role:
            return self.database()
        parts = urlsplit(self.database())
        query = dict(parse_qsl(parts.query))
        query["options"] = f"{query.get('options', '')} -c role={self._role}".strip()
        # libpq takes %20 for a space, not +.
        return parts._replace(query=urlencode(query, quote_via=quote)).geturl()

    def acting_as(self, role: str) -> Settings:
        """The same settings with a warehouse that is worked on with the rights of a role, and no more.

        The user must be able to take it: `core.storage.access.as_role` looks.
        """
        acting = self.model_copy()
        acting._role = role
        return acting

    @property
    def tracking_uri(self) -> str:
        """MLflow: the server that was named, or the store in Postgres itself (saves starting a server)."""
        return self.mlflow_tracking_uri.get_secret_value() or self.database("mlflow").replace(
            "postgresql://", "postgresql+psycopg2://", 1
        )


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings. Tests call `get_settings.cache_clear()` after changing the environment."""
    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "setting"
        said = first["msg"].removeprefix("Value error, ")
        raise AiecoError(f"AIECO_{name} is not valid: {said}. Mend the environment or .env.") from None
