"""Which members a commit message lets lose more than the guard allows: only what stands in its trailers."""

from __future__ import annotations

import pytest

from reconciler.model.consent import consent_in


@pytest.mark.parametrize(
    ("message", "members"),
    [
        ("Remove\n\nReconciler-Allow-Prune: m1\n", {"m1"}),
        ("Remove\n\nWhy.\n\nReconciler-Allow-Prune: m1, m2\nSigned-off-by: Ada <ada@example.org>\n", {"m1", "m2"}),
        ("Remove\n\nReconciler-Allow-Prune: m1\nreconciler-allow-prune:m2  m3\n", {"m1", "m2", "m3"}),
        ("Remove\n\nReconciler-Allow-Prune: m1,\n  m2\n", {"m1", "m2"}),
        ("Remove\r\n\r\nReconciler-Allow-Prune: m1\r\n", {"m1"}),
        ("Remove\n \nReconciler-Allow-Prune: *\n\n\n", {"*"}),
        ("Remove\n\nReconciler-Allow-Prune:\n", set()),
        ("Reconciler-Allow-Prune: m1\n", set()),
        ("Remove\nReconciler-Allow-Prune: m1\n", set()),
        ("Remove\n\nReconciler-Allow-Prune: m1\n\nThis text comes after it.\n", set()),
        ("Remove\n\nI would write\nReconciler-Allow-Prune: m1\n", set()),
        ("Revert\n\n> Reconciler-Allow-Prune: m1\n", set()),
        ("Remove\n\nX-Reconciler-Allow-Prune: m1\n", set()),
        ("Remove\n\nReconciler-Allow-Prune-Not: m1\n", set()),
        ("", set()),
        ("\n\n\n", set()),
    ],
)
def test_only_a_trailer_consents(message: str, members: set[str]) -> None:
    assert consent_in(message) == members
