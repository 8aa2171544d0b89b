"""The name and the manifest of a WorkloadRebalancer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.load.parse import parse_rebalancer
from reconciler.model.keys import ResourceKey
from reconciler.model.rebalancer import Rebalancer
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiler import Compiler
from reconciler.review.rebalance import free_name, rebalancer_manifest
from tests.support.in_memory_fleet import load
from tests.support.shop import SHOP


@pytest.mark.parametrize(
    ("declared", "recorded", "name"), [("x", "y", "r"), ("r", "x", "r-2"), ("r", "r-2", "r-3"), ("r-2", "r", "r-3")]
)
def test_no_name_is_used_twice(declared: str, recorded: str, name: str) -> None:
    desired = replace(load(SHOP, Compiler()), rebalancers=(Rebalancer(declared, ()),))
    assert free_name("r", desired, RecordedState(rebalanced={recorded: ()})) == name


def test_the_manifest_names_the_workloads() -> None:
    templates = [one for one in load(SHOP, Compiler()).templates if one.key.kind in ("Deployment", "Namespace")]
    parsed = parse_rebalancer(rebalancer_manifest("r", templates))
    assert parsed.workloads == tuple(one.key for one in templates)
    assert ResourceKey("apps", "Deployment", "shop", "web") in parsed.workloads
