from typing import Any

import pytest

from reconciler.model.cluster import Cluster
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.keys import ClusterName
from reconciler.model.selector import (
    NOTHING,
    InvalidSelectorError,
    LabelSelector,
    Requirement,
    parse_label_selector,
)

LABELS = {"app": "web", "env": "prod"}


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, True),
        ({"matchLabels": None, "matchExpressions": None}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web", "env": "dev"}}, False),
        ({"matchLabels": {"flag": ""}}, False),
        (expression("app", "In", "api", "web"), True),
        (expression("team", "NotIn", "a"), True),
        (expression("app", "NotIn", "web"), False),
        (expression("app", "Exists"), True),
        (expression("team", "DoesNotExist"), True),
    ],
)
def test_what_a_selector_matches(document: Any, expected: bool) -> None:
    assert parse_label_selector(document).matches(LABELS) is expected


def test_null_selects_nothing_and_is_no_error() -> None:
    assert parse_label_selector(None) is NOTHING
    assert not LabelSelector.parse(None).matches({})


@pytest.mark.parametrize(
    "document",
    [
        [],
        "app=web",
        {"matchLabels": ["app"]},
        {"matchLabels": {"app": 1}},
        {"matchLabels": {"app": "a b"}},
        {"matchLabels": {"-app": "web"}},
        {"matchLabels": {"Example.dev/app": "web"}},
        {"matchLabels": {"/app": "web"}},
        {"matchLabels": {"a/b/c": "web"}},
        {"matchLabels": {"x" * 64: "web"}},
        {"matchLabels": {f"{'x' * 254}/app": "web"}},
        {"matchExpressions": ["app"]},
        expression("app", "In"),
        expression("app", "Exists", "web"),
        expression("app", "in", "web"),
        expression("app", "Gt", "1"),
        expression("app", "=", "web"),
        expression("", "Exists"),
        expression("app", "In", "web\n"),
    ],
)
def test_what_kubernetes_refuses_is_an_error_for_validate_and_matches_nothing_in_a_policy(document: Any) -> None:
    with pytest.raises(InvalidSelectorError):
        parse_label_selector(document)
    selector = LabelSelector.parse(document)
    assert not selector.valid
    assert not selector.matches({})
    assert not selector.matches(LABELS)


def test_canonical_text_is_sorted() -> None:
    document = {"matchLabels": {"b": "1", "a": "2"}} | expression("ab", "NotIn", "z", "y")
    assert parse_label_selector(document).canonical == "a=2,ab notin (y,z),b=1"


CLUSTER = Cluster(ClusterName("m1"), labels={"env": "prod"}, provider="aws", region="", zones=("z1", "z2"), annotations={})
PROD = LabelSelector.parse({"matchLabels": {"env": "prod"}})
DEV = LabelSelector.parse({"matchLabels": {"env": "dev"}})


def fields(*requirements: tuple[str, str, tuple[str, ...]]) -> ClusterAffinity:
    return ClusterAffinity(fields=tuple(Requirement(*parts) for parts in requirements))


@pytest.mark.parametrize(
    ("affinity", "expected"),
    [
        (ClusterAffinity(), True),
        (ClusterAffinity(cluster_names=("m1", "m2")), True),
        (ClusterAffinity(cluster_names=("m2",)), False),
        (ClusterAffinity(cluster_names=("m1",), exclude=("m1",)), False),
        (ClusterAffinity(label_selector=PROD), True),
        (ClusterAffinity(label_selector=DEV, cluster_names=("m1",)), False),
        (ClusterAffinity(label_selector=LabelSelector()), True),
        (ClusterAffinity(label_selector=NOTHING), False),
        (fields(("zone", "In", ("z2", "z9"))), True),
        (fields(("zone", "In", ())), False),
        (fields(("zone", "NotIn", ("z9",))), True),
        (fields(("zone", "NotIn", ("z2", "z9"))), False),
        (fields(("zone", "Exists", ())), True),
        (fields(("zone", "DoesNotExist", ())), False),
        (fields(("zone", "Gt", ("1",))), False),
        (fields(("provider", "In", ("aws",)), ("zone", "In", ("z1",))), True),
        (fields(("provider", "In", ("aws",)), ("zone", "In", ("z3",))), False),
        (fields(("provider", "NotIn", ("aws",))), False),
        (fields(("region", "NotIn", ("eu",))), True),
        (fields(("region", "In", ("eu",))), False),
        (fields(("region", "DoesNotExist", ())), True),
        (fields(("region", "NotIn", ())), False),
        (fields(("country", "NotIn", ("x",))), True),
        (fields(("country", "In", ("x",))), False),
    ],
)
def test_cluster_affinity(affinity: ClusterAffinity, expected: bool) -> None:
    assert affinity.matches(CLUSTER) is expected


def test_zones_of_a_cluster_without_any() -> None:
    bare = Cluster(ClusterName("bare"))
    assert fields(("zone", "NotIn", ("z1",))).matches(bare)
    assert not fields(("zone", "In", ("z1",))).matches(bare)
