"""The pauses of single objects: what failed, what is skipped, and what another client changes again and again."""

from __future__ import annotations

import pytest

from reconciler.model.changes import Configure, Create, Outcome, Skip, Unchanged, Write
from reconciler.model.keys import ClusterName
from reconciler.model.ownership import marked
from reconciler.passes.object_backoff import Attempts
from reconciler.plan.drift import configure
from tests.support.builders import INSTANCE, config, ours, rendered

M1 = ClusterName("m1")
WANTED = rendered(config("wanted"))
CREATE = Create(WANTED, WANTED.manifest)
DRIFT = Configure(WANTED, WANTED.manifest, ours(config("wanted")), "the member drifted: data.a (by kubectl-edit)", drift=True)


class Timeline:
    """Tries one change whenever its pause allows."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.attempts = Attempts(lambda: self.now)

    def attempt(self, change: Write, error: str = "", *, temporary: bool = False) -> bool:
        """Whether the change was sent; error: the answer of the member."""
        reason = self.attempts.postpone(M1, change)
        outcome = Outcome(change, reason, postponed=True) if reason else Outcome(change, error, temporary=temporary)
        self.attempts.note(M1, [outcome])
        return not reason

    def moments(self, change: Write, error: str = "", *, seconds: int, temporary: bool = False) -> list[int]:
        """The seconds in which it was sent; another pass comes every second."""
        sent = []
        for second in range(seconds):
            if self.attempt(change, error, temporary=temporary):
                sent.append(second)
            self.now += 1
        return sent


def test_a_refused_write_is_tried_after_growing_pauses_whatever_causes_passes() -> None:
    assert Timeline().moments(CREATE, "it is invalid", seconds=500) == [0, 1, 3, 7, 15, 31, 63, 127, 247, 367, 487]


def test_a_write_without_an_answer_waits_ten_seconds_at_most() -> None:
    assert Timeline().moments(CREATE, "no answer", seconds=50, temporary=True) == [0, 1, 3, 7, 15, 25, 35, 45]


def test_a_correction_that_does_not_last_waits_five_minutes_at_most() -> None:
    moments = Timeline().moments(DRIFT, seconds=1200)
    assert moments == [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111]


def test_a_refused_correction_waits_like_any_refused_write() -> None:
    assert Timeline().moments(DRIFT, "a webhook forbids it", seconds=20) == [0, 1, 3, 7, 15]


def test_single_objects_between_passes_leave_the_pauses_of_others() -> None:
    timeline = Timeline()
    other = Create(rendered(config("other")), config("other"))
    timeline.attempts.note(M1, [Outcome(CREATE, "it is invalid"), Outcome(other, "it is invalid")])
    timeline.attempts.note_some(M1, [Outcome(other)])
    assert timeline.attempts.postpone(M1, CREATE) == "it is invalid"
    assert timeline.attempts.postpone(M1, other) == ""


def test_an_object_that_is_deleted_again_and_again_is_created_less_and_less_often() -> None:
    """Once a creation waits, the object was not there in the pass before: nothing says that it was deleted."""
    timeline, moments = Timeline(), []
    deleted = Create(WANTED, WANTED.manifest, "it was deleted", drift=True)
    for second in range(600):
        if timeline.attempt(deleted if timeline.now == 1000.0 else CREATE):
            moments.append(second)
        timeline.now += 1
    assert moments == [0, 1, 3, 7, 15, 31, 63, 127, 255, 511]
    (fight,) = timeline.attempts.fights(M1).values()
    assert "another client deletes it again and again" in fight.reason
    assert "Remove its file from Git" in fight.remedy


def test_the_first_correction_after_a_quiet_time_is_immediate() -> None:
    timeline = Timeline()
    assert timeline.attempt(DRIFT)
    timeline.now += 700
    timeline.attempts.note(M1, [Outcome(Unchanged(WANTED))])
    assert timeline.attempt(DRIFT)
    timeline.now += 1
    assert timeline.attempt(DRIFT)


def test_a_postponed_correction_names_the_other_writer() -> None:
    timeline = Timeline()
    timeline.attempt(DRIFT)
    assert "by kubectl-edit" in timeline.attempts.postpone(M1, DRIFT)
    assert timeline.attempts.next_due() is None, "the correction may last"
    timeline.attempt(DRIFT)
    assert timeline.attempts.next_due() == 1.0


def test_the_third_correction_in_a_row_is_a_fight_and_a_quiet_time_ends_it() -> None:
    timeline = Timeline()
    for second in (0, 1, 3, 7):
        timeline.now = 1000.0 + second
        assert timeline.attempts.fights(M1).keys() == ({WANTED.key} if second > 3 else set())
        assert timeline.attempt(DRIFT)
    fight = timeline.attempts.fights(M1)[WANTED.key]
    assert fight.reason == "reconciler and another client change the same fields again and again: data.a (by kubectl-edit)"
    assert "leave these fields out of the file" in fight.remedy
    assert (fight.corrections, fight.pause) == (4, 8.0)
    timeline.now += 700
    timeline.attempts.note(M1, [Outcome(Unchanged(WANTED))])
    assert not timeline.attempts.fights(M1)


def test_two_reconcilers_that_take_one_object_from_each_other_fight() -> None:
    theirs = marked(config("wanted"), WANTED.key, "sha256:0", "theirs")
    change = configure(WANTED, WANTED.manifest, theirs, ours=False)
    assert change.reason == "taken over from the reconciler theirs (conflictResolution: Overwrite)"
    timeline = Timeline()
    assert timeline.moments(change, seconds=100) == [0, 1, 3, 7, 15, 31, 63]
    fight = timeline.attempts.fights(M1)[WANTED.key]
    assert fight.reason.startswith(f"the reconciler with spec.instance {INSTANCE} and the one with spec.instance theirs take")
    assert "one of the two repositories only" in fight.remedy


def test_an_object_that_is_taken_over_once_is_no_fight() -> None:
    timeline = Timeline()
    timeline.attempt(configure(WANTED, WANTED.manifest, config("wanted"), ours=False))
    for _ in range(5):
        timeline.now += 1
        timeline.attempts.note(M1, [Outcome(Unchanged(WANTED))])
    assert not timeline.attempts.fights(M1)
    assert timeline.attempts.next_due() is None


def test_another_manifest_is_tried_at_once() -> None:
    timeline = Timeline()
    timeline.attempt(CREATE, "it is invalid")
    other = rendered(config("wanted", data={"a": "2"}))
    assert timeline.attempts.postpone(M1, Create(other, other.manifest)) == ""
    assert timeline.attempts.postpone(ClusterName("m2"), CREATE) == ""


@pytest.mark.parametrize("noise", [1, 10])
def test_a_skipped_object_is_looked_at_again_after_growing_pauses(noise: int) -> None:
    """noise: passes in each second. Those with another cause do not make the pause longer."""
    timeline, skip = Timeline(), Skip(WANTED.key, "it exists there and is not ours", WANTED)
    due = []
    for _ in range(4):
        for _ in range(noise):
            timeline.attempts.note(M1, [Outcome(skip)])
        seconds = timeline.attempts.next_due()
        assert seconds is not None
        due.append(seconds)
        timeline.now += seconds
    assert due == [1, 2, 4, 8]


def test_a_skip_is_news_once_and_a_suspended_object_never_waits() -> None:
    timeline, outcome = Timeline(), Outcome(Skip(WANTED.key, "it exists there and is not ours", WANTED))
    assert timeline.attempts.is_news(M1, outcome)
    timeline.attempts.note(M1, [outcome])
    assert not timeline.attempts.is_news(M1, outcome)
    assert timeline.attempts.is_news(M1, Outcome(Skip(WANTED.key, "the prune guard stops it", WANTED)))
    timeline.attempts.note(M1, [outcome], ignored={WANTED.key})
    assert timeline.attempts.next_due() is None


def test_what_succeeds_is_forgotten() -> None:
    timeline = Timeline()
    timeline.attempt(CREATE, "it is invalid")
    timeline.now += 1
    timeline.attempt(CREATE)
    assert timeline.attempts.next_due() is None
    assert timeline.attempts.postpone(M1, CREATE) == ""


def test_an_attempt_that_the_pass_did_not_reach_does_not_repeat_the_pass_at_once() -> None:
    timeline = Timeline()
    timeline.attempt(CREATE, "it is invalid")
    timeline.now += 60
    assert timeline.attempts.next_due() is None
