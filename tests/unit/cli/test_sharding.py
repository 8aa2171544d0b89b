"""A process that is one of several replicas."""

from __future__ import annotations

import io
from pathlib import Path
from typing import cast

import pytest

from reconciler.cli.leader import Leadership
from reconciler.cli.sharding import Sharding
from reconciler.cluster.access import Access
from reconciler.daemon.log import logger
from reconciler.daemon.loop import Loop
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.probes import Probes
from reconciler.passes.controller import Controller
from reconciler.passes.options import Options
from reconciler.repo.failures import RepositoryError
from reconciler.repo.options import GitOptions


async def test_it_stands_by_before_anything_is_read(tmp_path: Path) -> None:
    """Who asks before the election must not take it for the leader."""
    probes = Probes()
    leader = Loop(cast(Controller, None), logger(as_json=True, to=io.StringIO()), Metrics(), probes)
    sharding = Sharding(f"file://{tmp_path}/missing", tmp_path, GitOptions(), "kube-system/lease", "reconciler/status")
    with pytest.raises(RepositoryError):
        await sharding.run(cast(Leadership, None), leader, Access(), Options())
    assert probes.standing_by
