"""Dependencies: which objects go with which workloads, and to which clusters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.interpreter.precedence import BUILT_IN
from reconciler.model.binding import Binding, RequiredBy, TargetCluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.schedule.dependencies import (
    Dependant,
    Dependencies,
    find_dependencies,
    merge_targets,
    references_of,
    with_required_targets,
)
from tests.support.builders import config, deployment, key, manifest, policy, template

CONFIG = template(config())


def at(**shares: int) -> tuple[TargetCluster, ...]:
    return tuple(TargetCluster(ClusterName(name), count) for name, count in sorted(shares.items()))


def web(name: str = "web", *config_maps: str, account: str = "", namespace: str = "shop") -> ResourceTemplate:
    spec: dict[str, Any] = {"containers": [], "volumes": [{"name": each, "configMap": {"name": each}} for each in config_maps]}
    if account:
        spec["serviceAccountName"] = account
    return template(manifest("Deployment", name, namespace, api="apps/v1", spec={"template": {"spec": spec}}))


def dependencies_of(*dependants: Dependant, there: tuple[ResourceTemplate, ...] = (CONFIG,)) -> Dependencies:
    templates = {one.key: one for one in (*there, *(dependant.template for dependant in dependants))}
    return find_dependencies(dependants, templates, BUILT_IN, Memo())


def test_a_dependency_is_required_wherever_its_workloads_are() -> None:
    found = dependencies_of(
        Dependant(web("b", "config"), policy(), at(m2=1, m3=2)), Dependant(web("a", "config"), policy(), at(m1=4))
    ).of(CONFIG.key, (), ())
    assert found.required_by == (
        RequiredBy(key(deployment("a")), at(m1=4)),
        RequiredBy(key(deployment("b")), at(m2=1, m3=2)),
    )


@pytest.mark.parametrize(
    ("names", "account", "missing"),
    [
        (("config",), "default", ()),
        (("kube-root-ca.crt",), "", ()),
        (("gone", "config"), "", ("ConfigMap shop/gone",)),
        ((), "runner", ("ServiceAccount shop/runner",)),
    ],
)
def test_what_is_named_and_not_there_is_told(names: tuple[str, ...], account: str, missing: tuple[str, ...]) -> None:
    issues = dependencies_of(Dependant(web("web", *names, account=account), policy(), ())).issues
    assert [issue.reason for issue in issues] == ["MissingDependency"] * len(missing)
    assert all(name in issue.message for name, issue in zip(missing, issues, strict=True))


def test_a_workload_that_is_nowhere_requires_nothing() -> None:
    assert dependencies_of(Dependant(web("web", "config"), policy(), ())).by_key == {}


def test_one_level_only() -> None:
    secret = template(manifest("Secret", "token"))
    account = template(manifest("ServiceAccount", "runner", secrets=[{"name": "token"}]))
    found = dependencies_of(Dependant(web("web", account="runner"), policy(), at(m1=1)), there=(secret, account))
    assert list(found.by_key) == [account.key]


@pytest.mark.parametrize(
    ("words", "overwrite", "preserve"),
    [
        (({}, {}), False, False),
        (({"conflict_resolution": "Abort"}, {"conflict_resolution": "Overwrite"}), True, False),
        (({"preserve": True}, {}), False, True),
    ],
)
def test_policies_that_disagree(words: tuple[dict[str, Any], ...], overwrite: bool, preserve: bool) -> None:
    dependants = [
        Dependant(web(name, "config"), replace(policy(), **word), at(m1=1)) for name, word in zip("ab", words, strict=True)
    ]
    found = dependencies_of(*dependants).of(CONFIG.key, (), ())
    assert (found.overwrite, found.preserve) == (overwrite, preserve)


def test_what_was_recorded_goes_on_for_workloads_of_which_nobody_knows() -> None:
    lost, other = RequiredBy(key(deployment("lost")), at(m3=1)), RequiredBy(key(deployment("other")), at(m2=1))
    dependencies = dependencies_of(Dependant(web("web", "config"), policy(), at(m1=1)))
    found = dependencies.of(CONFIG.key, (lost, other), {lost.key})
    assert found.required_by == (lost, RequiredBy(key(deployment()), at(m1=1)))
    again = dependencies.of(CONFIG.key, found.required_by, {lost.key})
    assert again.required_by is found.required_by


def test_a_selector_finds_by_labels_and_only_in_its_namespace() -> None:
    there = (template(config("a", labels={"app": "x"})), template(config("b")), template(manifest("ConfigMap", "a", "far")))

    class Declared:
        def dependencies(self, document: Any) -> list[dict[str, Any]]:
            selector = {"matchLabels": {"app": "x"}}
            return [{"apiVersion": "v1", "kind": "ConfigMap", "namespace": "shop", "labelSelector": selector}]

        def further_references(self, document: Any) -> list[dict[str, Any]]:
            return []

    dependant = Dependant(web("web"), policy(), at(m1=1))
    found = find_dependencies([dependant], {one.key: one for one in there}, Declared(), Memo())  # type: ignore[arg-type]
    assert list(found.by_key) == [there[0].key]


def test_a_workload_that_cannot_be_read_says_so() -> None:
    broken = template(manifest("Deployment", api="apps/v1", spec={"template": {"spec": {"volumes": 3}}}))
    dependencies = dependencies_of(Dependant(broken, policy(), at(m1=1)))
    assert dependencies.unread == {broken.key}
    assert [issue.reason for issue in dependencies.issues] == ["MalformedObject"]


def test_cluster_scoped_objects_take_nothing_along() -> None:
    assert references_of(web("web", "config", namespace=""), BUILT_IN).named == ()


def test_its_own_numbers_count_then_the_first_workloads() -> None:
    required = (RequiredBy(key(deployment("a")), at(m1=1, m2=2)), RequiredBy(key(deployment("b")), at(m2=3, m3=4)))
    assert merge_targets(at(m1=9), required) == at(m1=9, m2=2, m3=4)


def test_an_object_without_a_policy_of_its_own_is_where_it_is_required() -> None:
    required = (RequiredBy(key(deployment()), at(m1=1)),)
    found = with_required_targets(CONFIG.key, None, required)
    assert found == Binding(CONFIG.key, None, at(m1=1), reasons=("Deployment.apps shop/web requires it on m1",))
    assert with_required_targets(CONFIG.key, None, ()) is None


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        (
            manifest("Ingress", api="networking.k8s.io/v1", spec={"ingressClassName": "edge"}),
            manifest("IngressClass", "edge", "", api="networking.k8s.io/v1"),
        ),
        (
            manifest(
                "HorizontalPodAutoscaler",
                api="autoscaling/v2",
                spec={"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}},
            ),
            manifest("Deployment", "api", api="apps/v1"),
        ),
        (
            manifest("Deployment", api="apps/v1", spec={"template": {"spec": {"containers": [], "priorityClassName": "high"}}}),
            manifest("PriorityClass", "high", "", api="scheduling.k8s.io/v1"),
        ),
    ],
)
def test_classes_and_scale_targets_come_along_and_are_not_missed(document: Any, wanted: Any) -> None:
    dependant = Dependant(template(document), policy(), at(m1=1))
    found = dependencies_of(dependant, there=(template(wanted),))
    assert [one.targets for one in found.of(key(wanted), (), ()).required_by] == [at(m1=1)]
    assert not dependencies_of(dependant, there=()).issues
