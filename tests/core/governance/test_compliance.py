"""The compliance pack of a small real home: every link is followed, the same state gives the same bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from aieco_assets.core.contracts import CHURN
from aieco_assets.core.customers.churn.training import train_churn
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.audit import record
from aieco_assets.core.governance.audit_chain import Entry
from aieco_assets.core.governance.compliance import sbom
from aieco_assets.core.governance.compliance.facts import Fact
from aieco_assets.core.governance.compliance.pack import Pack, export, gather
from aieco_assets.core.governance.compliance.render import page, sources_page
from aieco_assets.core.governance.compliance.system_card import HEADINGS
from aieco_assets.core.registry.models import register_embedder
from aieco_assets.core.registry.promotion import promote
from aieco_assets.core.registry.versions import register_data_model
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.customers.orders import write_shop
from tests.core.governance.compliance_links import is_there

ROWS = """
insert into ops.sources (name, url) values ('transactions', '/home/anna/shop');
insert into lake.documents (path, sha256, bytes, media_type, first_seen, last_seen)
    values ('hr/anna-smith.md', 'aa', 9, 'text/markdown', '2026-01-02', '2026-01-02');
insert into lake.knowledge_versions values (3, 3, '2026-01-02', '2026-01-03', 'mini', 'v', 5, 1);
insert into lake.document_quarantine values ('documents', 'hr/anna.pdf', '', 'is locked', '', '', '2026-01-02');
insert into lake.transaction_days (invoice_date, read, loaded, rejected, bytes, sha256, inputs_sha256, landed_at)
    values ('2026-01-02', 5, 4, 1, 9, 'a', 'b', '2026-01-03');
insert into lake.access_rules (rules) values (E'default: closed\\nfolders:\\n  hr: ["user:anna"]\\n');
insert into lake.document_personal_data values ('aa', '{"email": 2}', '1');
insert into lake.customer_attributes values ('12007', 'age', '65+');
insert into monitoring.drift values
    ('2026-01-04', 'frequency', 'psi', 0.4, 0.2, true, '2025-09-30', '2025-12-31', 0.5, 'd', 'r');
insert into evaluation.rag_runs (fingerprint, kind, knowledge_version, llm, embedder, summary) values ('f1', 'golden',
    3, 'l', 'e', '{"questions": 3, "answerable": {"n": 2, "correct": 1}, "unanswerable": {"n": 1, "abstained": 1},
    "unsupported_numbers": 0}');
insert into monitoring.incidents (kind, subject, severity, summary, lasting, opened_at, last_seen_at)
    values ('check', 'a', 'warning', 'anna saw it', true, '2026-01-02', '2026-01-02');
"""


def fill(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute(ROWS.encode())
    register_embedder(settings)
    write_shop(settings)
    train_churn(settings)
    register_data_model(settings, CHURN, {"model.json": b"{}"}, kind="lightgbm")
    promote(settings, CHURN, 2, "Anna Smith asked for it", actor="anna")
    record(settings, Entry("anna", "erased", "customer:0f", {"certificate": "x", "sha256": "y"}))


def texts(found: Pack) -> set[tuple[str, str, str]]:
    return {(name, one.heading, one.text) for name, facts in found.pages.items() for one in facts}


def test_every_sentence_is_linked_to_what_is_there_and_names_nobody(settings: Settings, tmp_path: Path) -> None:
    fill(settings)
    folder = tmp_path / "pack"
    found = export(settings, folder)
    addresses = {address for facts in found.pages.values() for one in facts for address in one.sources}
    assert [one for one in sorted(addresses) if not is_there(settings, one)] == []
    assert {one.partition(":")[0] for one in addresses} == {
        *("table", "mlflow", "file", "test", "setting", "policy", "package", "audit", "home")
    }
    assert list(dict.fromkeys(one.heading for one in found.pages["system-card"])) == list(HEADINGS)
    whole = "\n".join(path.read_text() for path in sorted(folder.iterdir()))
    for unwanted in ("anna", "12007", "TODO", "n/a", str(settings.home)):
        assert unwanted.casefold() not in whole.casefold(), unwanted
    for name in (path for path in folder.iterdir() if path.suffix == ".md"):
        for target in re.findall(r"\]\(([^)]+)\)", name.read_text()):
            page, _, anchor = target.partition("#")
            assert f'id="{anchor}"' in (folder / page).read_text() if anchor else (folder / page).is_file()
    told = " ".join(text for _, _, text in texts(found))
    for sentence in (
        "Version 2 of churn was put into production, in place of version 1, by a person",
        "by its gate on",
        "5 lines were read, 4 loaded, 1 rejected",
        "It has rules for 1 folder, no document and no keyword; what none of them names, nobody reads.",
        "An EU declaration of conformity is not kept here",
        "On 2026-01-04, 1 of 1 column had drifted.",
        "The shop says age of 1 customer, by which models are compared.",
        "No gate wrote a verdict on this version.",
        "Erasures until now: 1",
    ):
        assert sentence in told, sentence
    told_files = json.loads((folder / "pack.json").read_bytes())["files"]
    assert told_files.keys() == {path.name for path in folder.iterdir()} - {"pack.json"}


def test_the_same_state_gives_the_same_bytes_and_another_changes_only_its_sentences(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(settings)
    first = export(settings, tmp_path / "a")
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")
    second = export(settings, tmp_path / "b")
    assert first.files == second.files
    assert export(settings, tmp_path / "a").files == first.files  # in place of the one before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    with connect(settings.warehouse) as connection:
        connection.execute("update lake.transaction_days set read = 6, loaded = 5")
    third = gather(settings)
    changed = {text for name, _, text in texts(third) - texts(first)}
    assert len(changed) == 1 and "6 lines were read, 5 loaded" in changed.pop()
    assert {name for name in first.files if first.files[name] != third.files[name]} == {"data.md", "pack.json"}
    (settings.home / "governance").mkdir(exist_ok=True)
    (settings.home / "governance" / "declaration.pdf").write_bytes(b"signed")
    fourth = gather(settings)
    (told,) = {text for _, _, text in texts(fourth) - texts(third)}
    assert told.startswith("The provider keeps an EU declaration of conformity")


def test_an_empty_home_says_what_it_has_not_and_where_was_looked(settings: Settings) -> None:
    found = gather(settings)
    told = {text for _, _, text in texts(found)}
    assert {
        "Nothing was put into production.",
        "The lake holds no transactions.",
        "No knowledge base is published.",
        "No access.yaml is in force: everyone who may ask reads every document.",
        "Answers were never evaluated.",
        "Drift was never measured.",
        "The audit log has no row.",
        "No model is registered.",
    } <= told
    # A heading of the annex that is left out looks like one that was forgotten.
    assert list(dict.fromkeys(one.heading for one in found.pages["system-card"])) == list(HEADINGS)
    addresses = {address for facts in found.pages.values() for one in facts for address in one.sources}
    assert [one for one in sorted(addresses) if not is_there(settings, one)] == []
    assert not is_there(settings, "table:registry.alias_moves?id=1")
    assert not is_there(settings, "mlflow:runs/0123456789abcdef0123456789abcdef")


def test_a_rule_that_names_what_never_was_there_is_told_as_the_closing_that_it_is(settings: Settings) -> None:
    rules = "default: everyone\nfolders:\n  hhr: [hr]\n"
    with connect(settings.warehouse) as connection:
        connection.execute("insert into lake.access_rules (rules) values (%s)", (rules,))
    told = {text for _, heading, text in texts(gather(settings)) if heading == "Readers' rights"}
    assert "It has rules for 1 folder, no document and no keyword; what none of them names, nobody reads." in told
    assert "1 rule of it names what this home has never seen, which closes what no other names." in told
    assert not any("hhr" in text for text in told)


def test_pages_are_read_without_leftovers_of_their_sources(settings: Settings) -> None:
    found = gather(settings)
    risks = found.files["risks.md"].decode()
    assert "`" not in risks and "(what is)" not in risks
    assert found.files["approvals.md"].decode().count("Approvals and rollbacks") == 1  # not again as a section


def test_a_folder_that_holds_something_else_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(AiecoError, match="holds something else than a compliance pack"):
        export(settings, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    with pytest.raises(AiecoError, match="cannot be written"):
        export(settings, tmp_path / "mine" / "notes.txt" / "pack")


def test_the_bill_of_materials_is_valid_and_lists_what_is_installed() -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    packages = sbom.installed_packages()
    content = sbom.sbom(packages, [])
    assert content == sbom.sbom(sbom.installed_packages(), [])
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(content.decode()) is None
    told = json.loads(content)
    assert {one["name"] for one in told["components"]} == packages.keys() - {"aieco"}
    dagster = next(one for one in told["components"] if one["name"] == "dagster")
    assert (dagster["purl"], dagster["licenses"]) == (
        f"pkg:pypi/dagster@{packages['dagster'].version}",
        [{"license": {"id": "Apache-2.0"}}],
    )
    assert "timestamp" not in told["metadata"] and told["serialNumber"].startswith("urn:uuid:")
    needs = {one["ref"]: one.get("dependsOn", []) for one in told["dependencies"]}
    assert dagster["purl"] in needs["aieco"]


def test_a_pack_is_refused_where_the_register_of_risks_is_missing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aieco_assets.core.governance.compliance import facts

    monkeypatch.setattr(facts, "ROOT", tmp_path)
    with pytest.raises(AiecoError, match="is not part of this installation"):
        export(settings, tmp_path / "pack")
    assert not (tmp_path / "pack").exists()


def test_a_name_of_others_is_no_markup() -> None:
    name = "x`<img src=q onerror=alert(1)>[a](javascript:b)"
    fact = Fact(name, f"The registry holds {name}.", (f"mlflow:models/{name}",))

    shown, sources = page("Models", [fact]).decode(), sources_page({"models": [fact]}).decode()

    html = MarkdownIt("commonmark").render(shown) + MarkdownIt("commonmark").render(sources)
    assert "<img" not in html and 'href="javascript' not in html
    assert "&lt;img src=q onerror=alert(1)&gt;" in html
