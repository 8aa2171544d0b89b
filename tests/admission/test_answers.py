"""What is judged offline equals what a real API server answered."""

from __future__ import annotations

import pytest

from reconciler.cel.verdicts import Outcome
from tests.admission.replay import Pair, difference, judged, pairs
from tests.admission.scenes import all_scenes

NOT_JUDGED = {
    "crd-sets-0": "adds lists whose order does not count",
    "crd-sets-1": "adds lists whose order does not count",
    "crd-sets-2": "adds lists whose order does not count",
    "libraries-9": "a sum of durations",
    "libraries-146": "%e",
    "libraries-147": "%e",
    "libraries-164": "authorizer",
    "libraries-165": "authorizer",
}
"""Every request about which there is no answer offline."""


def test_there_are_many_answers_and_the_server_refuses_many_requests() -> None:
    refused = [pair for pair in pairs() if not pair.answer["allowed"]]
    assert len(pairs()) >= 900
    assert 300 <= len(refused) <= len(pairs()) - 300


def test_each_request_of_each_scene_has_its_answer() -> None:
    wanted = [(scene.name, number) for scene in all_scenes() for number in range(len(scene.requests))]
    assert [(pair.scene.name, pair.answer["request"]) for pair in pairs()] == wanted


@pytest.mark.parametrize("scene", sorted({pair.scene.name for pair in pairs()}))
def test_the_verdicts_are_those_of_the_server(scene: str) -> None:
    assert [found for pair in pairs() if pair.scene.name == scene and (found := difference(pair, judged(pair)))] == []


def test_hardly_anything_is_not_judged() -> None:
    def is_not_judged(pair: Pair) -> bool:
        return any(verdict.outcome is Outcome.NOT_JUDGED for verdict in judged(pair))

    assert {str(pair) for pair in pairs() if is_not_judged(pair)} == NOT_JUDGED.keys()
