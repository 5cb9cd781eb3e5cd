"""The routes of a Kubernetes API server that dagster-k8s uses, over HTTP; what a cluster would do, a test says."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

_JOBS = re.compile(r"/apis/batch/v1/namespaces/(?P<namespace>[^/]+)/jobs(/(?P<name>[^/]+)(/status)?)?$")
_PODS = re.compile(r"/api/v1/namespaces/(?P<namespace>[^/]+)/pods(/(?P<name>[^/]+))?$")


class FakeKubernetes:
    """Jobs by name, each with one pod. `forbids`: every request is answered by 403. `created`: is told of each job."""

    def __init__(self) -> None:
        self.created: Callable[[str, dict[str, Any]], None] = lambda name, job: None
        self.jobs: dict[str, dict[str, Any]] = {}
        self.pods: dict[str, dict[str, Any]] = {}
        self.forbids = False
        self.address = ""

    def kubeconfig(self, folder: Path) -> Path:
        file = folder / "kubeconfig"
        cluster = {"name": "fake", "cluster": {"server": self.address}}
        context = {"name": "fake", "context": {"cluster": "fake", "user": "nobody"}}
        content = {"clusters": [cluster], "contexts": [context], "users": [{"name": "nobody", "user": {}}]}
        file.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", "current-context": "fake", **content}))
        return file

    def create(self, job: dict[str, Any]) -> dict[str, Any]:
        name, template = job["metadata"]["name"], job["spec"]["template"]
        job["status"] = {"active": 1}
        self.jobs[name] = job
        labels = {**template["metadata"].get("labels", {}), "job-name": name}
        metadata = {**template["metadata"], "name": f"{name}-x", "labels": labels}
        self.pods[f"{name}-x"] = {"metadata": metadata, "spec": template["spec"], "status": {"phase": "Running"}}
        self.created(name, job)
        return job

    def end(self, exit_code: int, reason: str, pod_status: dict[str, str] | None = None, of: str = "") -> None:
        """The pod of a job ends, as a kubelet tells it; of the only one, where none is named."""
        name = of or next(iter(self.jobs))
        job, pod = self.jobs[name], self.pods[f"{name}-x"]
        ended = {"exitCode": exit_code, "reason": reason}
        container = {"name": pod["spec"]["containers"][0]["name"], "state": {"terminated": ended}}
        container |= {"image": "", "imageID": "", "ready": False, "restartCount": 0}
        pod["status"] = {
            "phase": "Failed" if exit_code else "Succeeded",
            "containerStatuses": [container],
            **(pod_status or {}),
        }
        job["status"] = {"failed": 1} if exit_code else {"succeeded": 1}


@contextmanager
def fake_kubernetes() -> Iterator[FakeKubernetes]:
    cluster = FakeKubernetes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            if (found := _JOBS.match(path)) and found["name"]:
                return self.answer(cluster.jobs.get(found["name"]))
            if _PODS.match(path):
                ((key, value),) = [query.get("labelSelector", ["="])[0].split("=")]
                pods = [pod for pod in cluster.pods.values() if pod["metadata"]["labels"].get(key) == value]
                return self.answer({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": pods})
            return self.answer(None)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(cluster.create(body) if _JOBS.match(self.path) else None)

        def do_DELETE(self) -> None:
            path = urlsplit(self.path).path
            job, pod = _JOBS.match(path), _PODS.match(path)
            gone = cluster.jobs.pop(job["name"], None) if job else cluster.pods.pop(pod["name"], None) if pod else None
            self.answer(gone and {"kind": "Status", "status": "Success"})

        def answer(self, content: dict[str, Any] | None) -> None:
            status = 403 if cluster.forbids else 404 if content is None else 200
            body = json.dumps(content if status == 200 else {"kind": "Status", "code": status}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        cluster.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield cluster
        finally:
            server.shutdown()
            thread.join()
