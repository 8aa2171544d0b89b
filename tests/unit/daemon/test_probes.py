"""Alive is a loop that turns; ready is one that has made a pass."""

from __future__ import annotations

from reconciler.daemon.probes import Probes


def test_a_loop_that_turns_is_alive() -> None:
    probes = Probes()
    probes.turn()
    assert probes.alive == ""


def test_a_loop_that_is_stuck_is_not() -> None:
    probes = Probes()
    probes.turn()
    probes.turned -= 3600
    assert "has been stuck for 3600 s" in probes.alive


def test_ready_after_the_first_pass_and_the_reason_before() -> None:
    probes = Probes()
    assert probes.ready == "the repository has not been read yet"
    probes.trouble = "the repository does not answer"
    assert probes.ready == "the repository does not answer"
    probes.trouble = ""
    assert probes.ready == "the first pass has not finished"
    probes.passes = 1
    probes.trouble = "the repository does not answer"
    assert probes.ready == "", "what is kept is kept on"
