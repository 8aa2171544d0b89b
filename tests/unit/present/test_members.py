"""Members that did not answer: one line for each cause."""

from __future__ import annotations

from reconciler.model.keys import ClusterName
from reconciler.present.members import unanswered_lines


def lines(**reasons: str) -> list[str]:
    return list(unanswered_lines({ClusterName(name): reason for name, reason in reasons.items()}))


def test_one_cause_is_one_line() -> None:
    refused = {f"m{number}": f"m{number} does not answer at 10.0.0.{number}:6443: connection refused" for number in range(4)}
    assert lines(**refused, m9="m9: no credential", x="is slow") == [
        "4 members (m0..m3): does not answer: connection refused",
        "m9: no credential",
        "x: is slow",
    ]


def test_one_member_keeps_its_address() -> None:
    assert lines(m1="m1 does not answer at [::1]:6443: refused") == ["m1 does not answer at [::1]:6443: refused"]
    two = lines(a="a does not answer at [::1]:6443: refused", zed="zed does not answer at h.example:1: refused")
    assert two == ["2 members (a, zed): does not answer: refused"]
