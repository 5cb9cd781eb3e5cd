"""Facts of the registered models: what they were made from, figures of their gates, limits, and who approved them."""

from __future__ import annotations

import math
from typing import Any

from aieco_assets.core.contracts import CHAMPION, CHURN, CLV
from aieco_assets.core.fairness.record import FOLDER, TABLE_FILE, kept_slices
from aieco_assets.core.fairness.slices import Slice
from aieco_assets.core.governance.compliance.facts import Fact, counted, file, listed, row, run, setting, version
from aieco_assets.core.governance.compliance.reading import looking
from aieco_assets.core.registry.aliases import AliasMove
from aieco_assets.core.registry.promotion import GATE
from aieco_assets.core.registry.tracking import mlflow_client, registry_errors
from aieco_assets.core.registry.versions import ModelVersion, registered_names, version_by_alias, versions
from aieco_assets.core.settings import Settings

_MADE_FROM = {
    "data_digest": "data of digest {}",
    "partition_range": "the days {}",
    "recipe": "the recipe {}",
    "knowledge_version": "version {} of the knowledge base",
    "model": "the weights {}",
    "git_commit": "the code of commit {}",
    "dagster_run_id": "the run {}",
}
# Who decides without being a person; of a person the pack tells that it was one, and the row who.
_MACHINES = {
    GATE: "its gate",
    "evaluation/rag": "its gate",
    "outside aieco": "a hand outside aieco",
    "configuration": "the settings",
}
APPROVALS = "Approvals and rollbacks"


def of_models(settings: Settings) -> list[Fact]:
    """Headings are the names of the models."""
    names = registered_names(settings)
    if not names:
        return [Fact("", "No model is registered.", (row("registry.alias_moves"), setting("mlflow_tracking_uri")))]
    return [fact for name in names for fact in _of_model(settings, name)]


def _of_model(settings: Settings, name: str) -> list[Fact]:
    known = versions(settings, name)
    champion = version_by_alias(settings, name, CHAMPION)
    found = [Fact(name, f"The registry holds {counted(len(known), 'version')} of {name}.", (f"mlflow:models/{name}",))]
    if champion is None:
        found.append(Fact(name, f"No version of {name} is in production.", (f"mlflow:models/{name}",)))
    else:
        found += _of_champion(settings, champion)
    for one in known:
        if champion is None or one.version != champion.version:
            gate, why = one.tags.get("gate", ""), one.tags.get("gate_reason", "")
            told = f"was {gate} by its gate ({why})" if gate else "was never put before a gate"
            place = version(name, one.version)
            found.append(Fact(name, f"Version {one.version} is not in production and {told}.", (place,)))
    return [*found, *_limits(name)]


def _of_champion(settings: Settings, champion: ModelVersion) -> list[Fact]:
    name, place, tags = champion.name, version(champion.name, champion.version), champion.tags
    made = [told.format(tags[tag]) for tag, told in _MADE_FROM.items() if tags.get(tag) not in (None, "", "none")]
    found = [
        Fact(name, f"Version {champion.version} is in production.", (place,)),
        Fact(name, f"It was made from {listed(made)}." if made else "What it was made from is not recorded.", (place,)),
        Fact(name, f"Its content has the digest {champion.sha256 or '(none: it lies behind a server)'}.", (place,)),
    ]
    gate, why = tags.get("gate"), tags.get("gate_reason", "")
    told = f"Its gate said: {gate}; {why}." if gate else "No gate wrote a verdict on this version."
    found.append(Fact(name, told, (place,)))
    with registry_errors(settings):
        measured = mlflow_client(settings).get_run(champion.run_id).data.metrics
    metrics = {key: value for key, value in sorted(measured.items()) if not key.startswith("slice/")}
    shown = [f"{key} {_number(value)}" for key, value in metrics.items() if math.isfinite(value)]
    told = f"Its figures: {', '.join(shown)}." if shown else "No figures were logged with it."
    found.append(Fact(name, told, (run(champion.run_id),)))
    return [*found, *_of_slices(champion, kept_slices(settings, champion))]


def _of_slices(champion: ModelVersion, slices: list[Slice]) -> list[Fact]:
    if not slices:
        told = "Its gate compared no slices." if champion.tags.get("gate") else "No slices of it were compared."
        return [Fact(champion.name, told, (run(champion.run_id),))]
    place = (run(champion.run_id, f"{FOLDER}/{TABLE_FILE}"),)
    small = sum(one.state == "inconclusive" for one in slices)
    columns = listed(sorted({one.column for one in slices}))
    told = f"Its gate compared {counted(len(slices), 'measure')} of slices by {columns}; {small} were inconclusive."
    found = [Fact(champion.name, told, place)]
    for one in slices:
        if one.state != "inconclusive":
            rival = "" if one.champion is None else f", of the champion then {_number(one.champion)}"
            told = f"{one.column} {one.slice} ({one.rows} rows): {one.measure.replace('_', ' ')} {_number(one.ours)}"
            found.append(Fact(champion.name, f"{told}{rival}; {one.state}.", place))
    return found


def _limits(name: str) -> list[Fact]:
    from aieco_assets.core.customers.card import LIMITS as CLV_LIMITS
    from aieco_assets.core.customers.churn.table import LIMITS as CHURN_LIMITS

    cards: dict[str, tuple[str, tuple[str, ...]]] = {CLV: ("aieco_assets/core/customers/card.py", CLV_LIMITS)}
    cards[CHURN] = ("aieco_assets/core/customers/churn/table.py", (" ".join(CHURN_LIMITS.split()),))
    if name not in cards:
        return [Fact(name, f"No list of limits is kept for {name}.", (file("aieco_assets/core/registry/models.py"),))]
    path, limits = cards[name]
    return [Fact(name, f"Limit: {limit}", (file(path),)) for limit in limits]


def of_approvals(settings: Settings) -> list[Fact]:
    """Every move of a champion or challenger, oldest first, with its row of the audit log."""
    with looking(settings) as connection:
        moves = connection.execute(
            "select id, model, alias, from_version, to_version, actor, reason, metrics, moved_at"
            " from registry.alias_moves where alias <> 'previous' order by id"
        ).fetchall()
        audited = connection.execute(
            "select sequence, subject, detail ->> 'to', action from governance.audit"
            " where action in ('promoted', 'rolled_back', 'challenged') order by sequence"
        ).fetchall()
    found = [_mode(settings)]
    left = list(audited)
    for number, *columns in moves:
        move = AliasMove(*columns)
        sources = [row("registry.alias_moves", id=number)]
        aliases = ("challenged",) if move.alias != CHAMPION else ("promoted", "rolled_back")
        wanted = (f"model:{move.model}", str(move.to_version))
        entry = next((one for one in left if one[1:3] == wanted and one[3] in aliases), None)
        if entry:
            left.remove(entry)
            sources.append(row("governance.audit", sequence=entry[0]))
        found.append(Fact(APPROVALS, _told(move), tuple(sources)))
    if len(found) == 1:
        found.append(Fact(APPROVALS, "Nothing was put into production.", (row("registry.alias_moves"),)))
    return found


def _mode(settings: Settings) -> Fact:
    told = {
        "automatic": "A version that passes its gate goes into production by itself.",
        "manual": "A version that passes its gate waits for a person.",
    }
    return Fact(APPROVALS, told[settings.promotion], (setting("promotion"),))


def _told(move: AliasMove) -> str:
    who = _MACHINES.get(move.actor) or ("a policy" if move.actor.startswith("policy") else "a person")
    back = None not in (move.from_version, move.to_version) and (move.to_version or 0) < (move.from_version or 0)
    did = f"put {'back ' if back else ''}into production" if move.alias == CHAMPION else "named challenger"
    before = f", in place of version {move.from_version}," if move.from_version is not None else ""
    why = f": {move.reason}" if move.actor in _MACHINES and move.reason else ""  # what people write may name people
    subject = f"Version {move.to_version} of {move.model}" if move.to_version is not None else f"No {move.model}"
    return f"{subject} was {did}{before} by {who} on {_moment(move.moved_at)}{why}."


def _moment(at: Any) -> str:
    from datetime import timezone

    return at.astimezone(timezone.utc).isoformat(sep=" ", timespec="seconds").replace("+00:00", " UTC")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
