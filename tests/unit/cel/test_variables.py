"""Variables of policies hold values of any type, and errors, until an expression needs them."""

from __future__ import annotations

import pytest

from reconciler.cel.admit import admit
from reconciler.cel.contents import cluster_of
from reconciler.cel.verdicts import Outcome
from tests.admission.scenes import bound, config_map

OBJECT = config_map(a="b", time="2026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("expression", "variables", "outcomes"),
    [
        ("variables.x == 1", {"x": "1"}, []),
        ("variables['x'] == 2", {"x": "1"}, [Outcome.DENIED]),
        ("variables.y == 3", {"x": "1", "y": "variables.x + 2"}, []),
        ("variables.t < timestamp('2027-01-01T00:00:00Z')", {"t": "timestamp(object.data.time)"}, []),
        ("variables.t < timestamp('2025-01-01T00:00:00Z')", {"t": "timestamp(object.data.time)"}, [Outcome.DENIED]),
        ("variables.d == duration('60m')", {"d": "duration('1h')"}, []),
        (
            "variables.u == timestamp('2026-01-01T01:00:00Z')",
            {"t": "timestamp(object.data.time)", "u": "variables.t + duration('1h')"},
            [],
        ),
        ("variables.o.orValue('x') == 'b'", {"o": "object.data.?a"}, []),
        ("variables.o.hasValue()", {"o": "object.data.?nothing"}, [Outcome.DENIED]),
        ("quantity('3').isLessThan(variables.q)", {"q": "quantity('5')"}, []),
        ("true", {"broken": "object.data.missing"}, []),
        ("variables.broken == 'x'", {"broken": "object.data.missing"}, [Outcome.DENIED]),
        ("variables.broken == 'x' || true", {"broken": "object.data.missing"}, []),
        ("variables.who == 'x'", {"who": "request.userInfo.username"}, [Outcome.NOT_JUDGED]),
        ("true", {"who": "request.userInfo.username"}, []),
        ("variables.self_ == 1", {"self_": "variables.self_ + 1"}, [Outcome.DENIED]),
    ],
)
def test_variables(expression: str, variables: dict[str, str], outcomes: list[Outcome]) -> None:
    declared = [{"name": name, "expression": text} for name, text in variables.items()]
    cluster = cluster_of(bound("p", expression, variables=declared), is_complete=True)
    assert [verdict.outcome for verdict in admit(OBJECT, None, cluster)] == outcomes


def test_variables_that_grow_without_end_are_not_judged() -> None:
    declared = [{"name": "v0", "expression": "timestamp(object.data.time) - timestamp(object.data.time)"}]
    declared += [{"name": f"v{n}", "expression": f"variables.v{n - 1} + variables.v{n - 1}"} for n in range(1, 30)]
    cluster = cluster_of(bound("p", "variables.v29 == duration('0s')", variables=declared), is_complete=True)
    (verdict,) = admit(OBJECT, None, cluster)
    assert (verdict.outcome, "too large" in verdict.message) == (Outcome.NOT_JUDGED, True)
