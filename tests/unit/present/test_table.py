"""Tables of a terminal: one row, one line."""

from __future__ import annotations

from reconciler.model.keys import ResourceKey
from reconciler.present.table import table

ODD = "a\nfailed: b\r"


def test_a_name_with_a_line_break_stays_on_its_line() -> None:
    """An API server allows it in the names of cluster roles; raw, it could imitate another row or message."""
    lines = table(["NAME", "HEALTH"], [[ODD, "Current"], ["é", "Failed"]]).splitlines()
    assert lines == ["NAME             HEALTH", r"a\nfailed: b\r   Current", "é                Failed"]
    key = ResourceKey("rbac.authorization.k8s.io", "ClusterRole", "", ODD)
    assert str(key) == r"ClusterRole.rbac.authorization.k8s.io a\nfailed: b\r"
