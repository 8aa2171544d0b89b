"""Which rules are about an object, and which of them counts."""

from __future__ import annotations

import pytest

from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.keys import ResourceKey
from reconciler.model.write_policy import (
    APPLY_ANNOTATION,
    DRIFT_POLICY_ANNOTATION,
    IGNORE_ANNOTATION,
    WRITE_EVERYTHING,
    Apply,
    DriftPolicy,
    IgnoreRule,
    Language,
    ObjectSelector,
    Query,
    WritePolicy,
    WriteRule,
    WriteRules,
)
from tests.support.builders import cluster, config, key

M1 = cluster("m1")
WEB = ResourceKey("apps", "Deployment", "shop", "web")
REPLICAS, IMAGE = Query(Language.POINTER, "/spec/replicas"), Query(Language.JQ, ".image")


@pytest.mark.parametrize(
    ("group", "kind", "matches"),
    [
        ("apps", "Deployment", True),
        ("app*", "*", True),
        ("*", "Deploymen?", True),
        ("{batch,apps}", "{Job,Deployment}", True),
        ("[a-b]pps", "[!S]*", True),
        ("app", "Deployment", False),
        ("", "Deployment", False),
        ("apps", "deployment", False),
        ("a.ps", "Deployment", False),
        ("{apps", "Deployment", False),
        ("[apps", "Deployment", False),
        ("apps", "Deploy", False),
    ],
)
def test_globs(group: str, kind: str, matches: bool) -> None:
    assert ObjectSelector(group, kind).names(WEB) is matches


def test_names_are_no_globs() -> None:
    assert ObjectSelector(name="web", namespace="shop").names(WEB)
    assert not ObjectSelector(name="we*").names(WEB)
    assert not ObjectSelector(namespace="sho?").names(WEB)


def policy(*written: WriteRule, ignored: tuple[IgnoreRule, ...] = (), **annotations: str) -> WritePolicy:
    stated = {"apply": APPLY_ANNOTATION, "drift": DRIFT_POLICY_ANNOTATION, "ignore": IGNORE_ANNOTATION}
    document = config(annotations={stated[name]: value for name, value in annotations.items()})
    return WriteRules(ignored, written).policy_for(document, key(document), M1)


def test_the_first_rule_that_says_something_counts_and_an_annotation_before_it() -> None:
    every = ObjectSelector()
    once, always = WriteRule(every, apply=Apply.CREATE_ONLY), WriteRule(every, apply=Apply.ALWAYS)
    report = WriteRule(every, drift_policy=DriftPolicy.REPORT)
    assert policy(report, once, always) == WritePolicy(Apply.CREATE_ONLY, DriftPolicy.REPORT)
    assert policy(report, once, apply="Always", drift="Correct") is WRITE_EVERYTHING
    assert policy(report, once, apply="sometimes", drift="") == WritePolicy(Apply.CREATE_ONLY, DriftPolicy.REPORT)
    assert policy(WriteRule(ObjectSelector(kind="Secret"), apply=Apply.CREATE_ONLY)) is WRITE_EVERYTHING
    assert policy() is WRITE_EVERYTHING


def test_ignored_fields_add_up() -> None:
    here, there = (
        ObjectSelector(target=ClusterAffinity(cluster_names=("m1",))),
        ObjectSelector(target=ClusterAffinity(exclude=("m1",))),
    )
    rules = (
        IgnoreRule(here, (REPLICAS,), ("hpa",)),
        IgnoreRule(ObjectSelector(), (IMAGE, REPLICAS), ("hpa",)),
        IgnoreRule(there, (), ("x",)),
    )
    found = policy(ignored=rules, ignore="/data/a\n  $.data.b\n\n")
    assert found.queries == (REPLICAS, IMAGE, Query(Language.POINTER, "/data/a"), Query(Language.JSONPATH, "$.data.b"))
    assert found.managers == ("hpa",)
