"""When a shadow says go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from prometheus_client import CollectorRegistry

from reconciler.daemon.log import logger
from reconciler.daemon.shadow import Shadow
from reconciler.model.keys import ClusterName
from reconciler.model.observed import Observed
from reconciler.model.recorded import RecordedCluster, RecordedState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
M1 = ClusterName("m1")


def passed(observed: Observed) -> Any:
    """What a shadow reads of a pass."""
    state = RecordedState(clusters={M1: RecordedCluster(M1, "m1.yaml", observed=observed)})
    desired = SimpleNamespace(revision="c1")
    compiled = SimpleNamespace(desired=desired)
    return SimpleNamespace(compiled=compiled, recorded=state, differences={}, works={M1: None}, pulled=(), unreadable={})


def test_time_alone_makes_no_go_where_passes_fail() -> None:
    moments = [NOW]
    registry = CollectorRegistry()
    shadow = Shadow(registry, logger(as_json=True), timedelta(hours=24), lambda: moments[-1])
    shadow.passed(passed(Observed(NOW, none_since=NOW)))
    moments.append(NOW + timedelta(hours=25))
    assert (shadow.document()["go"], registry.get_sample_value("reconciler_shadow_go")) == (False, 0.0)
    assert registry.get_sample_value("reconciler_shadow_settled_seconds", {"cluster": "m1"}) == 900.0
    shadow.passed(passed(Observed(NOW, none_since=NOW)))
    assert (shadow.document()["go"], registry.get_sample_value("reconciler_shadow_go")) == (True, 1.0)
    moments.append(NOW + timedelta(hours=26))
    assert shadow.document()["go"] is False, "nobody has looked for an hour"
