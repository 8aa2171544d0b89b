"""Which change waits for which."""

from __future__ import annotations

from reconciler.model.changes import ChangeSet, Configure, Create, DeletionPropagation, Prune, Release, Skip, Unchanged
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.settings import Settings
from reconciler.model.work import Work
from reconciler.plan.plan_cluster import plan_cluster
from reconciler.plan.prerequisites import dependencies
from reconciler.plan.prune import PruneRules
from tests.support.builders import config, crd, deployment, key, live, manifest, namespace, ours, rendered

WIDGET = manifest("Widget", api="example.com/v1")
ELSEWHERE = manifest("ConfigMap", "c", "other")
M1 = ClusterName("m1")


def plan(*wanted: Manifest, current: tuple[Manifest, ...] = ()) -> ChangeSet:
    work = Work(M1, tuple(rendered(item) for item in wanted))
    return plan_cluster(work, live(*current), Settings(), PruneRules(consent=True))


def waits(changes: ChangeSet) -> dict[str, list[str]]:
    return {str(key): [str(other) for other in others] for key, others in changes.dependencies.items()}


def create(document: Manifest) -> Create:
    return Create(rendered(document), document)


def prune(document: Manifest) -> Prune:
    return Prune(key(document), document, DeletionPropagation.BACKGROUND)


def test_an_object_waits_for_its_namespace_and_for_the_definition_of_its_kind() -> None:
    changes = plan(WIDGET, ELSEWHERE, config(), deployment(), crd(), namespace())
    definition = "CustomResourceDefinition.apiextensions.k8s.io widgets.example.com"
    assert waits(changes) == {
        "ConfigMap shop/config": ["Namespace shop"],
        "Deployment.apps shop/web": ["Namespace shop"],
        "Widget.example.com shop/web": ["Namespace shop", definition],
    }


def test_a_namespace_that_is_configured_counts_and_one_that_is_not_written_does_not() -> None:
    changed = namespace(labels={"team": "a"})
    assert waits(plan(changed, config(), current=(ours(namespace()),))) == {"ConfigMap shop/config": ["Namespace shop"]}
    assert waits(plan(namespace(), config(), current=(ours(namespace()),))) == {}
    assert waits(plan(namespace(), config(), current=(namespace(),))) == {}, "a conflict is skipped, and stops nothing else"


def test_an_object_that_is_not_written_waits_for_nothing() -> None:
    changed = namespace(labels={"team": "a"})
    assert waits(plan(changed, config(), deployment(), current=(ours(namespace()), ours(config()), deployment()))) == {}


def test_a_namespace_or_definition_is_pruned_after_the_objects_that_it_holds() -> None:
    current = tuple(map(ours, (namespace(), crd(), config(), WIDGET, ELSEWHERE)))
    assert waits(plan(current=current)) == {
        "Namespace shop": ["Widget.example.com shop/web", "ConfigMap shop/config"],
        "CustomResourceDefinition.apiextensions.k8s.io widgets.example.com": ["Widget.example.com shop/web"],
    }


def test_pruning_does_not_wait_for_writes_nor_writes_for_pruning() -> None:
    assert dependencies([(create(namespace()),), (prune(config()),)]) == {}
    assert dependencies([(prune(namespace()),), (create(config()),)]) == {}


def test_a_release_waits_for_its_namespace() -> None:
    current = ours(config())
    configured = Configure(rendered(namespace()), namespace(), namespace())
    assert dependencies([(configured,), (Release(key(current), current, config()),)]) == {key(current): (key(namespace()),)}


def test_a_change_waits_only_for_earlier_stages() -> None:
    assert dependencies([(create(config()),), (create(namespace()),)]) == {}
    assert dependencies([(create(config()), create(namespace()))]) == {}


def test_changes_without_a_write_are_in_no_dependency() -> None:
    skipped, unchanged = Skip(ResourceKey("", "Namespace", "", "shop"), "conflict"), Unchanged(rendered(config()))
    assert dependencies([(skipped,), (unchanged, create(deployment()))]) == {}
