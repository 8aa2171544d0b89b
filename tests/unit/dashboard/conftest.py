"""The fleet of `tests/support/showcase.py` as facts, without Git: what its first pass would decide and record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.measure import in_memory
from reconciler.dashboard.facts import Facts
from reconciler.model.health import CURRENT
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedDecision, RecordedState
from reconciler.pipeline.compiler import Compiler
from reconciler.record.next_state import assume_applied
from reconciler.repo.revision import Commit
from tests.support.showcase import FILES, THEN, reported
from tests.support.showcase_events import eventful


@pytest.fixture(scope="session")
def facts() -> Facts:
    compiler = Compiler()
    desired = compiler.load(*in_memory(FILES))
    state = assume_applied(compiler.compile(desired, RecordedState(), THEN))
    state = replace(state, reports={key: _everywhere(one) for key, one in state.decisions.items()})
    head = Commit("1" * 40, "2" * 40, "Add the shop", "Ada Lovelace <ada@example.org>", THEN)
    record = Commit("3" * 40, "4" * 40, "What the members reported", "Reconciler <reconciler@localhost>", THEN)
    return Facts(head, desired, "reconciler/status", record, eventful(replace(reported(state), revision=head.sha)))


def _everywhere(decision: RecordedDecision) -> ObjectReport:
    return ObjectReport(tuple(ClusterStatus(name, True, CURRENT) for name in decision.cluster_names))
