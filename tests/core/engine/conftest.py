"""A real Ray cluster of several node processes on this machine, for all tests of the engine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aieco_assets.core.settings import Settings

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
# Else they wait for every other test of a busy machine.
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112
ROOM = 150 * 2**20


@dataclass
class Nodes:
    """A head that works itself, and nodes that come and go."""

    cluster: Any
    others: list[Any] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.cluster.address

    def add(self) -> None:
        self.others.append(self.cluster.add_node(num_cpus=1, object_store_memory=ROOM))

    def kill_one(self) -> None:
        """SIGKILL to all processes of a node, its workers too."""
        self.cluster.remove_node(self.others.pop(), allow_graceful=False)


@pytest.fixture(scope="session")
def nodes() -> Iterator[Nodes]:
    ray = pytest.importorskip("ray")
    from ray._common.utils import get_default_ray_temp_dir
    from ray.cluster_utils import Cluster

    # A cluster with a place of its own leaves its address here all the same, and makes no folder for it.
    os.makedirs(get_default_ray_temp_dir(), exist_ok=True)
    place = tempfile.mkdtemp(prefix="ray-")  # its sockets allow for no long name
    head = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": ROOM, "temp_dir": place}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    nodes = Nodes(cluster)
    try:
        nodes.add()
        yield nodes
    finally:
        ray.shutdown()
        cluster.shutdown()
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def on_ray(nodes: Nodes) -> Callable[[Settings], Settings]:
    """The same settings on two nodes."""
    while len(nodes.others) < 1:
        nodes.add()
    return lambda settings: settings.model_copy(update={"engine": "ray", "ray_address": nodes.address})


@pytest.fixture
def away(on_ray: Callable[[Settings], Settings], tmp_path: Path) -> Settings:
    return on_ray(Settings(home=tmp_path / "home", _env_file=None))  # type: ignore[call-arg]
