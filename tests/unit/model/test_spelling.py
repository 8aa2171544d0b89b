"""What a misspelt word means."""

from __future__ import annotations

import pytest

from reconciler.model.spelling import did_you_mean, nearest, nearest_parts

MEMBERS = ("member1", "member2", "member3", "member4", "edge")


@pytest.mark.parametrize(
    ("word", "known", "words"),
    [
        ("Deploymnet", ("Deployment", "DaemonSet"), ["Deployment"]),  # two neighbours changed places
        ("PropogationPolicy", ("PropagationPolicy", "ClusterPropagationPolicy"), ["PropagationPolicy"]),
        ("wbe", ("web", "api"), ["web"]),
        ("podz", ("pod", "node"), ["pod"]),
        ("nodeSel", ("nodeSelector", "nodeName"), ["nodeSelector"]),
        ("push", ("Push", "Pull"), ["Push"]),
        ("memberX", MEMBERS, ["member1", "member2", "member3"]),  # three at most
        ("member12", MEMBERS, ["member1", "member2"]),
        ("m9", ("m1", "m2"), []),  # half of it differs
        ("x", ("y",), []),
        ("", ("web",), []),
        ("web", ("web",), []),  # it is no misspelling of itself
        ("database", ("frontend", "backend"), []),
    ],
)
def test_the_nearest_words(word: str, known: tuple[str, ...], words: list[str]) -> None:
    assert nearest(word, known) == words


def test_the_question() -> None:
    assert did_you_mean("memberX", MEMBERS) == "Did you mean member1, member2 or member3?"
    assert did_you_mean("database", MEMBERS) == ""


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        (("deployment", "wbe"), [("deployment", "web")]),
        (("deploymnet", "web"), [("deployment", "web")]),
        (("service", "web"), []),  # it differs too much from deployment
        (("deploymnet", "wbe"), []),  # two parts differ
        (("deployment", "api"), []),
    ],
)
def test_one_part_of_a_name_may_be_misspelt(word: tuple[str, str], parts: list[tuple[str, str]]) -> None:
    assert nearest_parts(word, [("deployment", "web"), ("configmap", "settings")]) == parts
