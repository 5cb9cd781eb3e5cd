"""Runs as Kubernetes jobs, and why one ended: dagster-k8s says no more than that its pod is gone.

What is asked differs from dagster-k8s in three ways. A run that was out of memory is named as one. An API server that
does not answer has killed no run: dagster-k8s would have the run failed, and a second one at work beside it. And an
`aieco run` in some other pod or machine has no job at all, and is no less alive for that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster_k8s import K8sRunLauncher
from dagster_k8s.job import get_job_name_from_run_id

from aieco_assets.core.stack.run_process import is_alive_here

if TYPE_CHECKING:
    from kubernetes.client import V1Pod

_log = logging.getLogger("dagster.daemon")
_OUT_OF_MEMORY = "OOMKilled"
_KILLED = 137  # 128 + SIGKILL


class KubernetesRunLauncher(K8sRunLauncher):
    """dagster-k8s's launcher, whose runs end with the reason that Kubernetes has for it."""

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """A run of which nothing can be known counts as running: max_runtime_seconds ends it."""
        if (alive := is_alive_here(run.tags)) is not None:
            return _running() if alive else CheckRunHealthResult(WorkerStatus.FAILED, "its process was killed")
        health = super().check_run_worker_health(run)
        if health.status == WorkerStatus.UNKNOWN:
            # A run is STARTING before its job is made: one without a job for long is ended by start_timeout_seconds.
            if run.status != dg.DagsterRunStatus.STARTING and self._job_is_gone(run):
                return CheckRunHealthResult(WorkerStatus.FAILED, "its Kubernetes job was deleted")
            _log.warning("Kubernetes does not say how run %s is: asked again at the next poll.", run.run_id)
            return _running()
        if health.status == WorkerStatus.FAILED and (reason := self._reason(run)):
            return CheckRunHealthResult(WorkerStatus.FAILED, reason)
        return health

    def get_run_worker_debug_info(self, run: dg.DagsterRun, include_container_logs: bool | None = True) -> str | None:
        """Nothing where the reason is known: it stands in an alert, where pages of a pod's state would hide it."""
        return None if self._reason(run) else super().get_run_worker_debug_info(run, include_container_logs)

    def _job_is_gone(self, run: dg.DagsterRun) -> bool:
        """Whether the API server itself says that there is no such job."""
        from kubernetes.client.exceptions import ApiException

        try:
            self._api_client.batch_api.read_namespaced_job_status(*self._job(run))
        except ApiException as error:
            return error.status == 404
        except Exception:
            return False
        return False

    def _reason(self, run: dg.DagsterRun) -> str:
        """Why the pods of a run's job ended; "" where Kubernetes does not say."""
        job, namespace = self._job(run)
        try:
            return next(reasons_of(self._api_client.get_pods_in_job(job, namespace)), "")
        except Exception:
            _log.warning("Kubernetes does not say why run %s ended.", run.run_id)
            return ""

    def _job(self, run: dg.DagsterRun) -> tuple[str, str]:
        name = get_job_name_from_run_id(run.run_id, resume_attempt_number=self._get_resume_attempt_number(run))
        return name, self.get_container_context_for_run(run).namespace or self.job_namespace


def reasons_of(pods: Iterable[V1Pod]) -> Iterator[str]:
    """For each pod that ended otherwise than by itself, why, in words for people."""
    for pod in pods:
        status: Any = pod.status
        name = pod.metadata.name if pod.metadata else "?"
        for container in status.container_statuses or ():
            ended = container.state and container.state.terminated
            if ended and ended.reason == _OUT_OF_MEMORY:
                yield f"out of memory: pod {name} was killed at its limit of {_memory_limit(pod, container.name)}"
            elif ended and ended.exit_code == _KILLED and not status.reason:
                yield f"pod {name} was killed (exit code {_KILLED}), for memory of its node or by someone"
        if status.reason:  # such as Evicted, NodeLost, DeadlineExceeded
            yield f"pod {name}: {status.reason}: {(status.message or 'no message').rstrip(' .')}"


def _memory_limit(pod: V1Pod, container: str) -> str:
    for one in pod.spec.containers if pod.spec else ():
        if one.name == container and one.resources and one.resources.limits:
            return one.resources.limits.get("memory", "its node")
    return "its node"


def _running() -> CheckRunHealthResult:
    return CheckRunHealthResult(WorkerStatus.RUNNING)
