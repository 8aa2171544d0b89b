"""Limits and partitions as Fleet computes them (internal/cmd/controller/target)."""

from __future__ import annotations

from typing import Any

from reconciler.model.rollout import Limit, partitions
from tests.conformance.replay import cases


@cases("rollout", "limit")
def test_limit(case: dict[str, Any]) -> None:
    assert {"limit": _limit(case["input"]["count"], case["input"]["values"])} == case["expect"], case["why"]


@cases("rollout", "partitions")
def test_partitions(case: dict[str, Any]) -> None:
    given = case["input"]
    found = partitions(
        given["clusters"],
        given["threshold"],
        Limit.parse(given["partitionSize"]) if given.get("partitionSize") is not None else None,
        Limit.parse(given["maxUnavailable"]) if given.get("maxUnavailable") is not None else None,
    )
    assert [{"clusters": size, "maxUnavailable": allowed} for size, allowed in found] == case["expect"]["partitions"], case["why"]


def _limit(count: int, values: list[object]) -> int | str:
    """The first value that is given counts; without any, there is no limit."""
    try:
        return Limit.parse(values[0]).of(count) if values else count
    except ValueError:
        return "error"
