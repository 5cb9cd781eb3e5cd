"""OpenLineage events of the graph, of a run, and of an answer. Pure: the same records give the same events.

A run of Dagster is a run of the job `dagster/<job>`; each asset that it made is a run of the asset's own job under it,
and each asset that was checked one of `<asset>/checks`. Ids are worked out from Dagster's and from the asset's key, so
what is sent again is the same event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from openlineage.client.event_v2 import (
    DatasetEvent,
    InputDataset,
    Job,
    JobEvent,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    StaticDataset,
)
from openlineage.client.serde import Serde

from aieco_assets.core.lineage import custom_facets, standard_facets
from aieco_assets.core.lineage.custom_facets import PRODUCER
from aieco_assets.core.lineage.records import (
    CANCELLED,
    FAILED,
    SUCCEEDED,
    AnswerRecord,
    AssetNode,
    Check,
    FailedAsset,
    MadeAsset,
    RunRecord,
)
from aieco_assets.core.lineage.standard_facets import Facets

Event = dict[str, Any]  # as JSON has it
ANSWER_JOB = "answer"
_ENDS = {SUCCEEDED: RunState.COMPLETE, CANCELLED: RunState.ABORT, FAILED: RunState.FAIL}
_IDS = uuid5(NAMESPACE_URL, "urn:aieco:lineage")


def graph_events(nodes: Sequence[AssetNode], namespace: str, at: float) -> list[Event]:
    """The graph by itself, before anything was made: an event for each job, and for each dataset that lies outside."""
    events: list[JobEvent | DatasetEvent] = []
    for node in nodes:
        facets = standard_facets.of_dataset(node)
        if node.is_made or node.parents:  # a view that lies outside is made by a job, too
            events.append(
                JobEvent(
                    eventTime=_utc(at),
                    producer=PRODUCER,
                    job=_job(node, namespace),
                    inputs=_inputs(node, namespace),
                    outputs=[OutputDataset(namespace, node.key, facets=facets)],
                )
            )
        else:
            dataset = StaticDataset(namespace, node.key, facets=facets)
            events.append(DatasetEvent(eventTime=_utc(at), producer=PRODUCER, dataset=dataset))
    return [Serde.to_dict(event) for event in events]


def run_events(run: RunRecord, nodes: Mapping[str, AssetNode], namespace: str) -> list[Event]:
    """Beginning and end of the run and of whatever it made or failed to make, in that order; and of its checks."""
    within = standard_facets.parent(_uuid(run.run_id), f"dagster/{run.job}", namespace)
    events = [_of_run(run, namespace, RunState.START, run.began)]
    for made in run.made:
        events += _of_made(run, made, nodes.get(made.key, AssetNode(made.key)), within, namespace)
    for failed in run.failed:
        events += _of_failed(run, failed, nodes.get(failed.key, AssetNode(failed.key)), within, namespace)
    for key, (at, checks) in sorted(run.checks.items()):
        events += _of_checks(run, key, at, checks, within, namespace)
    return [Serde.to_dict(event) for event in [*events, _of_run(run, namespace, _ENDS[run.outcome], run.ended)]]


def answer_events(answer: AnswerRecord, namespace: str) -> list[Event]:
    """Beginning and end of a run of the job `answer`, made from the knowledge base and the models that it used."""
    used = [] if answer.knowledge_version is None else [("knowledge/index", answer.knowledge_version)]
    used += [(f"models/{model}", number) for model, number in sorted(answer.versions.items())]
    inputs = [InputDataset(namespace, key, facets=standard_facets.version(str(number))) for key, number in used]
    told = custom_facets.AnswerFacet(
        traceId=answer.trace_id,
        question=answer.question,
        outcome=answer.outcome,
        verified=answer.verified,
        abstained=answer.abstained,
        arm=answer.arm,
        knowledgeVersion=answer.knowledge_version,
        models=dict(answer.models),
        versions=dict(answer.versions),
    )
    cited = custom_facets.CitationsFacet(answer.citations, [dict(vars(one)) for one in answer.cited])
    run = Run(_id("answer", answer.trace_id), facets={"aieco_answer": told, "aieco_citations": cited})
    job = Job(namespace, ANSWER_JOB, facets=standard_facets.of_job("SERVICE", "ANSWER"))
    began = _event(RunState.START, answer.asked_at - answer.seconds, Run(run.runId), job, inputs)
    return [Serde.to_dict(event) for event in (began, _event(RunState.COMPLETE, answer.asked_at, run, job, inputs))]


def _of_run(run: RunRecord, namespace: str, state: RunState, at: float) -> RunEvent:
    name = f"dagster/{run.job}"
    facets = standard_facets.error(run.error) if state in (RunState.FAIL, RunState.ABORT) and run.error else {}
    if run.parent_run_id:
        facets |= standard_facets.parent(_uuid(run.parent_run_id), name, namespace)
    job = Job(namespace, name, facets=standard_facets.of_job("BATCH", "JOB"))
    return _event(state, at, Run(_uuid(run.run_id), facets=facets), job, [])


def _of_made(run: RunRecord, made: MadeAsset, node: AssetNode, within: Facets, namespace: str) -> list[RunEvent]:
    job, inputs = _job(node, namespace), _inputs(node, namespace, made)
    ours = Run(_id(run.run_id, made.key), facets={**within, **standard_facets.partitions(made)})
    facets = {**standard_facets.of_dataset(node, made.columns), **standard_facets.of_output(made, namespace)}
    output = OutputDataset(namespace, made.key, facets=facets, outputFacets=standard_facets.statistics(made))
    return [
        _event(RunState.START, made.began, ours, job, inputs),
        _event(RunState.COMPLETE, made.ended, ours, job, inputs, [output]),
    ]


def _of_failed(run: RunRecord, failed: FailedAsset, node: AssetNode, within: Facets, namespace: str) -> list[RunEvent]:
    job, inputs, run_id = _job(node, namespace), _inputs(node, namespace), _id(run.run_id, failed.key)
    output = OutputDataset(namespace, failed.key, facets=standard_facets.of_dataset(node))
    ended = Run(run_id, facets={**within, **standard_facets.error(failed.error)})
    return [
        _event(RunState.START, failed.began, Run(run_id, facets=within), job, inputs),
        _event(RunState.FAIL, failed.ended, ended, job, inputs, [output]),
    ]


def _of_checks(
    run: RunRecord, key: str, at: float, checks: Sequence[Check], within: Facets, namespace: str
) -> list[RunEvent]:
    """OpenLineage puts assertions on what a job reads: so checks are jobs of their own."""
    job = Job(namespace, f"{key}/checks", facets=standard_facets.of_job("BATCH", "TEST"))
    ours = Run(_id(run.run_id, key, "checks"), facets=within)
    checked = InputDataset(namespace, key, inputFacets=standard_facets.assertions(checks))
    return [
        _event(RunState.START, at, ours, job, [InputDataset(namespace, key)]),
        _event(RunState.COMPLETE, at, ours, job, [checked]),
    ]


def _job(node: AssetNode, namespace: str) -> Job:
    return Job(namespace, node.key, facets=standard_facets.of_job("BATCH", "ASSET", node))


def _inputs(node: AssetNode, namespace: str, made: MadeAsset | None = None) -> list[InputDataset]:
    """What the asset is made from; of a model the version that these predictions were made by."""
    number = str(made.model_version) if made and made.model_version is not None else ""
    models = [key for key in node.parents if key.startswith("models/")]
    by = models[0] if len(models) == 1 else ""
    return [
        InputDataset(namespace, key, facets=standard_facets.version(number if key == by else ""))
        for key in node.parents
    ]


def _event(
    state: RunState,
    at: float,
    run: Run,
    job: Job,
    inputs: list[InputDataset],
    outputs: Sequence[OutputDataset] = (),
) -> RunEvent:
    return RunEvent(
        eventTime=_utc(at),
        producer=PRODUCER,
        eventType=state,
        run=run,
        job=job,
        inputs=inputs,
        outputs=list(outputs),
    )


def _id(*parts: str) -> str:
    return str(uuid5(_IDS, "\n".join(parts)))


def _uuid(run_id: str) -> str:
    """Dagster's own id where it is a UUID, as those that Dagster makes are."""
    try:
        return str(UUID(run_id))
    except ValueError:
        return _id("run", run_id)


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
