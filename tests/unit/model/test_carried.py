"""Trailers of exports, and how often a report is carried."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.model.carried import CarriedDecision, ReportEveryError, carried_decision, report_every
from reconciler.model.keys import ClusterName

SITE = ClusterName("site7")
ONE = CarriedDecision(SITE, "a" * 40, "b" * 40, 7)


def test_the_trailers_of_a_commit_are_read_back() -> None:
    assert carried_decision(f"Export site7\n\n{ONE.trailers}") == ONE


@pytest.mark.parametrize(
    "message",
    [
        "Export site7\n",
        f"Export site7\n\nReconciler-Revision: {'a' * 40}\n",
        f"Export site7\n\n{ONE.trailers.replace(': 7', ': seven')}",
        f"Export site7\n\n{ONE.trailers.replace('a' * 40, 'main')}",
        f"Export site7\n\n{ONE.trailers.replace('Reconciler-Member: site7', 'Other: x')}",
        f"Export site7\n\n{ONE.trailers.replace('b' * 40, '--force')}",
    ],
)
def test_a_commit_that_does_not_say_it_is_none(message: str) -> None:
    assert carried_decision(message) is None


def test_another_commit_of_the_status_branch_is_the_same_decision() -> None:
    assert ONE.is_same_decision(CarriedDecision(SITE, ONE.revision, "c" * 40, 7))
    assert not ONE.is_same_decision(CarriedDecision(SITE, ONE.revision, ONE.decision, 8))
    assert not ONE.is_same_decision(CarriedDecision(SITE, "c" * 40, ONE.decision, 7))
    assert not ONE.is_same_decision(None)


@pytest.mark.parametrize(
    ("value", "expected"), [("720h", timedelta(days=30)), ("1h30m", timedelta(minutes=90)), ("5s", timedelta(seconds=5))]
)
def test_how_often_a_report_comes(value: str, expected: timedelta) -> None:
    assert report_every({"reconciler.dev/report-every": value}) == expected


@pytest.mark.parametrize("value", ["", "0h", "a month", "30d", "-1h", "1h ", "12345678h"])
def test_what_is_no_duration_is_refused(value: str) -> None:
    with pytest.raises(ReportEveryError):
        report_every({"reconciler.dev/report-every": value})


def test_without_the_annotation_the_report_says_it() -> None:
    assert report_every({}) is None
