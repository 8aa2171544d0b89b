"""How differences are counted over time, and what is only a mark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.keys import ResourceKey
from reconciler.model.observed import Differences, Observed, is_mark, observed_after, unread_after, without_marks

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WEB, API = (ResourceKey("apps", "Deployment", "shop", name) for name in ("web", "api"))
NONE, ONE, OTHER = Differences(marks=2), Differences(creates=(WEB,)), Differences(configures=(API,))


def after(*found: Differences) -> Observed:
    """One comparison each hour, from NOW on."""
    last: Observed | None = None
    for hour, one in enumerate(found):
        last = observed_after(last, one, NOW + timedelta(hours=hour))
    assert last is not None
    return last


def test_no_difference_counts_from_the_first_comparison_without_one() -> None:
    done = after(ONE, NONE, NONE)
    assert (done.none_since, done.changes, done.since) == (NOW + timedelta(hours=1), 1, NOW)
    assert done.is_settled(NOW + timedelta(hours=25), timedelta(hours=24))
    assert not done.is_settled(NOW + timedelta(hours=24), timedelta(hours=24))


def test_a_difference_begins_it_again() -> None:
    assert after(NONE, NONE, ONE).none_since is None
    assert after(NONE, ONE, NONE).none_since == NOW + timedelta(hours=2)


def test_time_in_which_a_member_could_not_be_compared_does_not_count() -> None:
    gone = unread_after(after(NONE), NOW + timedelta(hours=1))
    assert unread_after(gone, NOW + timedelta(hours=9)) is gone
    assert gone is not None
    assert not gone.is_settled(NOW + timedelta(hours=30), timedelta(hours=24))
    back = observed_after(gone, NONE, NOW + timedelta(hours=21))
    assert (back.none_since, back.unread_since) == (NOW + timedelta(hours=20), None)
    assert unread_after(None, NOW) is None


def test_other_objects_and_other_differences_of_an_object_count_as_changes() -> None:
    assert after(ONE, ONE).changes == 0
    assert after(ONE, OTHER, ONE, Differences(configures=(WEB,)), Differences(blocked=((WEB, "why"),))).changes == 4


def test_the_same_again_is_the_same_value() -> None:
    last = after(ONE)
    assert observed_after(last, ONE, NOW + timedelta(days=1)) is last


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reconciler.dev/id", True),
        ("work.karmada.io/name", True),
        ("propagationpolicy.karmada.io/permanent-id", True),
        ("argocd.argoproj.io/tracking-id", True),
        ("kustomize.toolkit.fluxcd.io/name", True),
        ("kubectl.kubernetes.io/last-applied-configuration", True),
        ("app.kubernetes.io/managed-by", True),
        ("app.kubernetes.io/name", False),
        ("app", False),
        ("argoproj.io/label", False),
        ("notkarmada.io/x", False),
    ],
)
def test_marks_are_known_by_their_domain(name: str, expected: bool) -> None:
    assert is_mark(name) is expected


def test_an_object_without_marks_keeps_the_rest() -> None:
    manifest = {
        "metadata": {
            "name": "c",
            "labels": {"app": "web", "reconciler.dev/instance": "r"},
            "annotations": {"work.karmada.io/name": "w"},
        }
    }
    assert without_marks(manifest) == {"metadata": {"name": "c", "labels": {"app": "web"}}}
