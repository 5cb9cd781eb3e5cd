"""What Prometheus sees. Labels are route templates, fixed words and names of keys, never anything a client sends.

BentoML's own request metrics are switched off: they label by raw path, so that any client could grow them for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE

from aieco_assets.core.serving.registry_aliases import CHALLENGED
from aieco_assets.core.serving.release import FOLLOWED

if TYPE_CHECKING:
    from aieco_assets.core.serving.follower import Follower

__all__ = ["CONTENT_TYPE", "exposition"]

# A registry of its own: one worker is the only process that counts, so no files are shared between processes.
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60)

REQUESTS = Counter(
    "aieco_http_requests", "HTTP requests by route and status.", ["route", "method", "status"], registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "aieco_http_request_seconds", "Seconds from request to last byte.", ["route"], buckets=_SECONDS, registry=REGISTRY
)
ANSWERS = Counter(
    "aieco_answers",
    "Answers by outcome: verified, quoted, number, abstained; unsearched: to thanks and the like.",
    ["outcome"],
    registry=REGISTRY,
)
ARMS = Counter(
    "aieco_arm_answers", "Answers by arm (champion, canary, shadow) and outcome.", ["arm", "outcome"], registry=REGISTRY
)
SHADOWS = Counter(
    "aieco_shadow_answers",
    "Sampled questions by what came of them: agrees, differs, failed, dropped.",
    ["result"],
    registry=REGISTRY,
)
ANSWER_SECONDS = Histogram("aieco_answer_seconds", "Seconds of one answer.", buckets=_SECONDS, registry=REGISTRY)
TOKENS = Counter(
    "aieco_llm_tokens", "Tokens read (prompt) and written (completion), by API key.", ["kind", "key"], registry=REGISTRY
)
COST = Counter("aieco_llm_cost", "Of these tokens, by the prices of the settings.", ["key"], registry=REGISTRY)
LLM_FAILURES = Counter(
    "aieco_llm_failures", "Answers by quotes alone, for the model's server did not answer.", registry=REGISTRY
)
LLM_LEFT_ALONE = Gauge(
    "aieco_llm_left_alone",
    "1 while the model's server, which did not answer several times running, is not asked.",
    registry=REGISTRY,
)
REJECTED = Counter("aieco_rejected", "Requests turned away, by reason.", ["reason"], registry=REGISTRY)
PREDICTIONS = Counter("aieco_predictions", "Customers predicted.", registry=REGISTRY)
FEEDBACK = Counter("aieco_feedback", "Ratings of answers.", ["rating"], registry=REGISTRY)
IN_FLIGHT = Gauge("aieco_queue_in_flight", "Calls that run or wait, by queue.", ["queue"], registry=REGISTRY)
SPOOL = Gauge("aieco_inference_log_spool_bytes", "Log rows on disk that Postgres does not have yet.", registry=REGISTRY)
UNLOGGED = Counter("aieco_unlogged", "Answers and predictions that could not be written to the log.", registry=REGISTRY)
READY = Gauge("aieco_ready", "1 when questions can be answered.", registry=REGISTRY)
SERVED_VERSION = Gauge(
    "aieco_served_version",
    "Registered version that answers, by model; 0: named by the settings.",
    ["model"],
    registry=REGISTRY,
)
CHAMPION_VERSION = Gauge(
    "aieco_champion_version",
    "Version that the registry calls champion, by model; 0: none.",
    ["model"],
    registry=REGISTRY,
)
CANDIDATE_VERSION = Gauge(
    "aieco_candidate_version",
    "Challenger that is tried beside the champion, by model; 0: none.",
    ["model"],
    registry=REGISTRY,
)
STOPPED = Gauge("aieco_candidate_stopped", "1 when the last challenger was stopped for being worse.", registry=REGISTRY)
SWAPS = Gauge("aieco_swaps", "Versions taken up since the service began.", registry=REGISTRY)
REFUSED = Gauge(
    "aieco_refused_versions",
    "Champions that are not served, for they can't be opened or fail a golden question.",
    registry=REGISTRY,
)
KNOWLEDGE_VERSION = Gauge(
    "aieco_knowledge_base_version", "Version of the knowledge index of the last answer.", registry=REGISTRY
)

# Known labels start at nought, so that a rate can be taken of the first one.
for _outcome in ("verified", "quoted", "number", "abstained", "unsearched"):
    ANSWERS.labels(_outcome)
for _reason in (
    "queue_full",
    "deadline",
    "client_left",
    "unauthorised",
    "quota",
    "budget",
    "invalid",
    "body",
    "not_ready",
):
    REJECTED.labels(_reason)


def exposition() -> bytes:
    """Everything counted so far, in Prometheus' text format."""
    return generate_latest(REGISTRY)


def follow(following: Follower) -> None:
    """What is served beside what the registry says."""
    served, champion = following.served.numbers, following.champion
    LLM_LEFT_ALONE.set(getattr(following.served.answerer.llm, "is_left_alone", False))
    for model in FOLLOWED:
        SERVED_VERSION.labels(model).set(served.get(model, 0))
        CHAMPION_VERSION.labels(model).set(champion[model].version if model in champion else 0)
    candidate = following.candidates.present
    for model in CHALLENGED:
        CANDIDATE_VERSION.labels(model).set(candidate.challengers.get(model, 0) if candidate else 0)
    STOPPED.set(following.candidates.stopped is not None)
    SWAPS.set(following.swaps)
    REFUSED.set(len(following.refused))
