"""Whatever an expression does, each object gets its verdicts, and each other policy is applied."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from reconciler.cel.verdicts import Outcome, Verdict
from reconciler.errors import TemporaryError
from reconciler.pipeline.process.child import start_child
from reconciler.review import admission_process
from reconciler.review.admission_limits import PROCESSOR_SECONDS
from reconciler.review.admission_process import AdmissionProcess
from tests.admission.scenes import Document, bound, config_map

NO = {"expression": "!has(object.data) || !('bad' in object.data)", "message": "bad is bad"}
ENDLESS = "lists.range(1000000).distinct().size() > 0"
"""Compares each number with all before it."""
LARGE = "object.data.text" + ".replace('', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')" * 9 + " != ''"
CRASH = "[optional.of(1)].sum() == 1"
"""The library crashes where an optional is handed to a function of ours."""


@pytest.fixture
def process() -> Iterator[AdmissionProcess]:
    with AdmissionProcess() as started:
        yield started


def judge(process: AdmissionProcess, documents: list[Document], *objects: Document) -> list[list[Verdict]]:
    return process.judge(documents, [(one, None) for one in objects])


def test_verdicts_are_those_of_this_process_and_in_order(process: AdmissionProcess) -> None:
    objects = [config_map(f"c{number}", **({"bad": "x"} if number % 3 == 0 else {})) for number in range(200)]
    verdicts = judge(process, bound("no", NO), *objects)
    assert [bool(found) for found in verdicts] == [number % 3 == 0 for number in range(200)]
    assert verdicts[0] == [Verdict(Outcome.DENIED, "no", "no-binding", "bad is bad")]


@pytest.mark.parametrize(("text", "reason"), [(ENDLESS, f"more than {PROCESSOR_SECONDS} seconds"), (CRASH, "the process ")])
def test_a_policy_that_ends_the_process_is_not_judged_and_the_others_are(
    process: AdmissionProcess, text: str, reason: str
) -> None:
    documents = [*bound("a-first", NO), *bound("b-hostile", text), *bound("c-last", NO)]
    started = time.process_time()
    verdicts = judge(process, documents, *(config_map(f"c{number}", bad="x") for number in range(100)))
    assert time.process_time() - started < 5
    for found in verdicts:
        assert [(one.policy, one.outcome) for one in found] == [
            ("a-first", Outcome.DENIED),
            ("c-last", Outcome.DENIED),
            ("b-hostile", Outcome.NOT_JUDGED),
        ]
        assert reason in found[-1].message


def test_memory_has_a_limit(process: AdmissionProcess) -> None:
    (found,) = judge(process, [*bound("large", LARGE), *bound("no", NO)], config_map(text="x", bad="x"))
    assert [(one.policy, one.outcome) for one in found] == [("no", Outcome.DENIED), ("large", Outcome.NOT_JUDGED)]


def test_a_process_that_somebody_kills_is_started_again(process: AdmissionProcess) -> None:
    judge(process, bound("no", NO), config_map())
    child = process._child
    assert child is not None
    os.kill(child.process.pid, signal.SIGKILL)
    assert judge(process, bound("no", NO), config_map(bad="x")) == [[Verdict(Outcome.DENIED, "no", "no-binding", "bad is bad")]]


def test_a_process_that_never_answers_is_an_error_that_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission_process, "start_child", lambda module, **_: start_child("no.such.module", show_errors=False))
    with AdmissionProcess() as process, pytest.raises(TemporaryError, match="does not work: the process ended with status 1"):
        judge(process, bound("no", NO), config_map())


def test_a_process_that_cannot_be_started_is_an_error_that_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(admission_process, "start_child", refuse)
    with AdmissionProcess() as process, pytest.raises(TemporaryError, match="Cannot allocate memory"):
        judge(process, bound("no", NO), config_map())
