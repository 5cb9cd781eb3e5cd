"""`aieco doctor`: each finding names the thing, whether it is well, and the command that mends it."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from typing import Any

from rich.markup import escape

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.source import told
from aieco_assets.core.monitoring.home_health import FREE_BYTES
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import ensure_home, open_platform
from aieco_assets.core.stack.processes import owner_alive, read_record
from aieco_assets.core.stack.sources import check_sources, refuse_other_sources, source_urls
from aieco_assets.defs.lake.sources import declared_sources
from aieco_assets.orchestrate.display import console

MOST_TOLD = 10  # files whose reasons are told one by one

Finding = dict[str, Any]


def diagnose(settings: Settings) -> list[Finding]:
    """Findings in the order in which one would mend them: {"what", "ok", "detail", "mend"}."""
    findings = [_checked("home", lambda: _home(settings)), *_ports(settings)]
    findings.append(_checked("sources", lambda: _sources(settings)))
    findings += [_checked("embedder", lambda: _embedder(settings)), llm_finding(settings)]
    findings.append(_checked("gpu", lambda: _gpu(settings)))
    try:
        with open_platform(settings) as opened:
            findings.append(_finding("postgres", True, "answers"))
            findings += _others(opened)
            findings.append(_checked("roles", lambda: _roles(opened)))
            findings.append(_checked("knowledge index", lambda: _index(opened)))
            findings += _transactions(opened)
            findings.append(_checked("lineage", lambda: _lineage(opened)))
    except AiecoError as error:
        findings.append(_finding("postgres", False, str(error), "mend AIECO_POSTGRES_URL, or unset it"))
    return findings


def print_findings(findings: list[Finding]) -> None:
    for finding in findings:
        mark = "[green]✓[/]" if finding["ok"] else "[red]✗[/]"
        console.print(f"{mark} {finding['what']:<18} {escape(finding['detail'])}")
        if finding["mend"]:
            console.print(f"{'':<21}[bold]mend:[/] {escape(finding['mend'])}")


def _finding(what: str, ok: bool, detail: str, mend: str = "") -> Finding:
    return {"what": what, "ok": ok, "detail": detail, "mend": "" if ok else mend}


def _checked(what: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except AiecoError as error:
        return _finding(what, False, str(error), str(error).rpartition(": ")[2].rstrip("."))  # which ends with it


def _home(settings: Settings) -> Finding:
    ensure_home(settings.home)
    free = shutil.disk_usage(settings.home).free
    detail = f"{settings.home}, {free / 2**30:.0f} GiB free"
    return _finding("home", free > FREE_BYTES, detail, "free some space, or set AIECO_HOME to another disk")


def _sources(settings: Settings) -> Finding:
    declared = declared_sources()
    passed_by = told(check_sources(settings, declared))
    urls = source_urls(settings) | {f"{one.layer}/{one.name}": one.shown for one in declared}
    detail = ", ".join(f"{name}: {url}" for name, url in urls.items())
    other = f"; files that no document is read of: {passed_by}" if passed_by else ""
    return _finding("sources", True, f"{detail}{other}")


def _others(settings: Settings) -> Iterator[Finding]:
    """Where the settings name other sources than the home was filled from: a run would be refused."""
    try:
        refuse_other_sources(settings)
    except AiecoError as error:
        yield _finding("filled from", False, str(error), "set AIECO_DOCUMENTS and AIECO_TRANSACTIONS as they were")


def _ports(settings: Settings) -> Iterator[Finding]:
    record = read_record(settings.home)
    up = record is not None and owner_alive(record)
    for name in ("dagster", "mlflow", "service", "dashboard"):
        port = getattr(settings, f"{name}_port")
        with socket.socket() as probe:
            probe.settimeout(1)
            taken = probe.connect_ex((settings.host, port)) == 0
        if up:
            yield _finding(
                f"port {port}",
                taken,
                f"{name} {'answers' if taken else 'does not answer'}",
                "aieco down, then aieco up",
            )
        else:
            mend = f"stop what listens there, or set AIECO_{name.upper()}_PORT"
            yield _finding(f"port {port}", not taken, f"{'taken' if taken else 'free'} for {name}", mend)


def llm_finding(settings: Settings) -> Finding:
    """How the language model of AIECO_LLM is spoken to; a server is asked what it serves."""
    return _checked("llm", lambda: _llm(settings))


def _embedder(settings: Settings) -> Finding:
    from aieco_assets.core.embeddings.prompts import prompts_of
    from aieco_assets.core.embeddings.weights import model_folder
    from aieco_assets.core.registry.identity import embedder_identity

    identity, prompts = embedder_identity(settings), prompts_of(model_folder(settings)[1])
    told = f"prompts: {prompts.query!r} and {prompts.document!r}" if prompts.key else "no prompts"
    return _finding("embedder", True, f"{identity.name} {identity.sha256[:12]}, {told}")


def _llm(settings: Settings) -> Finding:
    from aieco_assets.core.llm.gateway import open_llm, spoken_to
    from aieco_assets.core.registry.identity import llm_identity

    identity = llm_identity(settings)
    spoken = spoken_to(settings)
    told = f"template: {spoken[0]}, context: {spoken[1]:,} tokens, " if spoken else ""
    slots = settings.llm_slots
    told += "one question at a time" if slots == 1 else f"{slots} questions at once"
    if settings.llm_is_server:
        open_llm(settings.model_copy(update={"llm_retries": 0}))
        told += ", answers"
    return _finding("llm", True, f"{identity.name} {identity.sha256[:12]}".strip() + f", {told}")


def _gpu(settings: Settings) -> Finding:
    import llama_cpp

    able = bool(llama_cpp.llama_supports_gpu_offload())
    wanted = settings.n_gpu_layers != 0
    detail = f"llama.cpp {'can' if able else 'cannot'} offload; AIECO_N_GPU_LAYERS={settings.n_gpu_layers}"
    mend = 'CMAKE_ARGS="-DGGML_CUDA=on" .venv/bin/uv pip install --no-cache --reinstall llama-cpp-python'
    return _finding("gpu", able or not wanted, detail, mend)


def _roles(settings: Settings) -> Finding:
    from aieco_assets.core.storage.access import missing_access

    mend = missing_access(settings)
    detail = "processes work with all rights of the user" if mend else "each process has rights of its own"
    return _finding("roles", not mend, detail, f"as an administrator of Postgres: {mend}")


def _transactions(settings: Settings) -> list[Finding]:
    """Files of the transactions that were set aside, each with its reason; how many rows were."""
    from aieco_assets.core.retail.checks import set_aside

    aside = set_aside(settings)
    mend = "mend the file, or write a mapping of what it has: aieco init SOURCE"
    files = [
        _finding("transactions", False, f"{path} is set aside: {reason}", mend)
        for path, reason in [*aside.quarantined_files.items()][:MOST_TOLD]
    ]
    if more := len(aside.quarantined_files) - len(files):
        files.append(_finding("transactions", False, f"{more:,} more files are set aside", "aieco status --json"))
    rows = f"{aside.rejected_rows:,} rows are rejected" if aside.rejected_rows else "no row is rejected"
    return files or [_finding("transactions", True, f"no file is set aside, {rows}")]


def _lineage(settings: Settings) -> Finding:
    from aieco_assets.core.lineage.destination import destination_of
    from aieco_assets.core.lineage.health import said
    from aieco_assets.core.lineage.progress import read_progress

    if not settings.lineage:
        return _finding("lineage", True, "AIECO_LINEAGE is not set: no events leave")
    to = destination_of(settings.lineage)
    progress = read_progress(settings, to.digest)
    well = progress.failing_since is None and not progress.refused
    return _finding("lineage", well, said(progress, to.name), f"look at {to.name}, then: aieco lineage ship")


def _index(settings: Settings) -> Finding:
    from aieco_assets.core.embeddings.store import VectorStore

    live = VectorStore.open(settings).live()
    if live is None:
        return _finding("knowledge index", False, "none is published", "aieco run")
    as_of = f"{live.as_of:%Y-%m-%d %H:%M}" if live.as_of else "an unknown time"
    return _finding("knowledge index", True, f"version {live.version} is live, documents as of {as_of}")
