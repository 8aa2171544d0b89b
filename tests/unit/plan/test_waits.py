"""Which changes wait: by waves, by names, by gates; and what ends a wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.interpreter.precedence import BUILT_IN
from reconciler.model.changes import ChangeSet, Create, Skip, Standing, Unchanged, Wait
from reconciler.model.health import CURRENT
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import key_of
from reconciler.model.ordering import Dependency
from reconciler.model.recorded import ClusterStatus
from reconciler.model.settings import Settings
from reconciler.model.work import Work
from reconciler.plan.member_order import order_of
from reconciler.plan.plan_cluster import plan_cluster
from reconciler.plan.prune import PruneRules
from reconciler.plan.removal_waits import with_removals_in_order
from reconciler.plan.waits import Facts, with_waits
from tests.support.builders import config, deployment, manifest, namespace, rendered

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
M1 = ClusterName("m1")
AVAILABLE = {"type": "Available", "status": "True"}
COMPLETE = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}
COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
READY = {**dict.fromkeys(COUNTS, 1), "conditions": [AVAILABLE, COMPLETE]}


def wave(number: int) -> dict[str, str]:
    return {"reconciler.dev/wave": str(number)}


def after(*references: str) -> dict[str, str]:
    return {"reconciler.dev/depends-on": ",".join(references)}


def job(name: str = "migrate", **fields: Any) -> dict[str, Any]:
    return manifest("Job", name, api="batch/v1", spec={"template": {"spec": {"containers": []}}}, **fields)


def planned(
    wanted: list[dict[str, Any]], *live: dict[str, Any], facts: Facts | None = None, elsewhere: Any = None
) -> dict[str, Any]:
    """Kind/name → its change. live: objects of the member; those that are wanted carry the marks of what is wanted."""
    plan = plan_of(wanted, *live, facts=facts or Facts(NOW, elsewhere=elsewhere or {}))
    return {f"{change.key.kind}/{change.key.name}": change for change in plan.changes}


def plan_of(wanted: list[dict[str, Any]], *live: dict[str, Any], facts: Facts) -> ChangeSet:
    work = Work(M1, tuple(sorted(map(rendered, wanted), key=lambda one: one.key)))
    view = LiveView(M1, {key_of(one): one for one in live})
    order = order_of(work.manifests, M1, BUILT_IN)
    plan = plan_cluster(work, view, Settings(), PruneRules(consent=True))
    return with_waits(with_removals_in_order(plan, order, BUILT_IN), view, order, facts)


def held(one: dict[str, Any], **status: Any) -> dict[str, Any]:
    """The object as the member holds it after we wrote it."""
    return {**rendered(one).manifest, **({"status": status} if status else {})}


def waiting(changes: dict[str, Any]) -> list[str]:
    return [name for name, change in changes.items() if isinstance(change, Skip) and change.waits]


def created(changes: dict[str, Any]) -> list[str]:
    return [name for name, change in changes.items() if isinstance(change, Create)]


def test_a_later_wave_waits_until_an_earlier_one_is_current() -> None:
    first, second = deployment("db", 1, annotations=wave(0)), config("app", annotations=wave(1))
    assert waiting(planned([namespace(), first, second])) == ["ConfigMap/app"]
    busy = planned([namespace(), first, second], namespace(), held(first, replicas=0))
    assert waiting(busy) == ["ConfigMap/app"]
    assert busy["ConfigMap/app"].reason == (
        "it waits for Deployment.apps shop/db (not Current yet); otherwise it would be created"
    )
    assert busy["ConfigMap/app"].pending
    assert created(planned([namespace(), first, second], namespace(), held(first, **READY))) == ["ConfigMap/app"]


def test_objects_without_a_wave_are_wave_0_of_an_ordered_namespace() -> None:
    early, plain, late = config("a", annotations=wave(-1)), config("b"), config("c", annotations=wave(1))
    changes = planned([early, plain, late])
    assert waiting(changes) == ["ConfigMap/b", "ConfigMap/c"]
    assert waiting(planned([early, plain, late], held(early))) == ["ConfigMap/c"]


def test_another_namespace_waits_for_nothing() -> None:
    other = manifest("ConfigMap", "other", "bank")
    changes = planned([config("a", annotations=wave(-1)), config("b"), other])
    assert "ConfigMap/other" in created(changes)


def test_the_namespace_itself_never_waits_for_what_it_holds() -> None:
    changes = planned([namespace(), config("a", annotations=wave(-2)), config("b", annotations=wave(3))])
    assert "Namespace/shop" in created(changes)
    assert "ConfigMap/a" in created(changes)


def test_cluster_scoped_objects_take_part_where_they_state_a_wave() -> None:
    issuer = manifest("PriorityClass", "high", "", api="scheduling.k8s.io/v1", annotations=wave(-1))
    plain = manifest("PriorityClass", "low", "", api="scheduling.k8s.io/v1")
    changes = planned([issuer, plain, config("a", annotations=wave(0)), manifest("ConfigMap", "b", "bank")])
    assert waiting(changes) == ["ConfigMap/a"]


@pytest.mark.parametrize(
    "reference",
    ["apps/namespaces/shop/Deployment/db", "Deployment.apps/db", "Deployment.apps/shop/db", "Deployment.apps shop/db"],
)
def test_a_named_dependency(reference: str) -> None:
    first, second = deployment("db", 1), config("app", annotations=after(reference))
    assert waiting(planned([first, second])) == ["ConfigMap/app"]
    assert created(planned([first, second], held(first, **READY))) == ["ConfigMap/app"]


def test_the_annotation_of_cli_utils_counts_and_ours_wins() -> None:
    theirs = {"config.kubernetes.io/depends-on": "/namespaces/shop/ConfigMap/a"}
    assert waiting(planned([config("a"), config("b", annotations=theirs)])) == ["ConfigMap/b"]
    both = {**theirs, **after("ConfigMap/c")}
    changes = planned([config("a"), config("b", annotations=both), config("c")], held(config("c")))
    assert "ConfigMap/b" in created(changes)


def test_what_is_not_in_the_repository_is_judged_as_it_is() -> None:
    second = config("app", annotations=after("Deployment.apps/theirs"))
    absent = planned([second])["ConfigMap/app"]
    assert absent.waits[0].standing is Standing.ABSENT
    assert not absent.pending
    assert created(planned([second], deployment("theirs", 1, status=READY))) == ["ConfigMap/app"]
    assert waiting(planned([second], deployment("theirs", 1, status={}))) == ["ConfigMap/app"]


def test_a_change_of_a_dependency_comes_first() -> None:
    old, new = config("a", data={"x": "1"}), config("a", data={"x": "2"})
    before, now = config("b", annotations=after("ConfigMap/a"), data={"y": "1"}), config("b", annotations=after("ConfigMap/a"))
    changes = planned([new, now], held(old), held(before))
    assert waiting(changes) == ["ConfigMap/b"]
    assert changes["ConfigMap/b"].reason.endswith("; otherwise it would be configured")


def test_what_is_as_it_should_be_waits_for_nothing() -> None:
    first, second = deployment("db", 1), config("app", annotations=after("Deployment.apps/db"))
    changes = planned([first, second], held(first, replicas=0), held(second))
    assert isinstance(changes["ConfigMap/app"], Unchanged)


def test_drift_is_corrected_at_once() -> None:
    first, second = deployment("db", 1), config("app", annotations=after("Deployment.apps/db"), data={"x": "1"})
    drifted = {**held(second), "data": {"x": "2"}}
    assert not waiting(planned([first, second], held(first, replicas=0), drifted))


def test_a_chain_goes_link_by_link() -> None:
    chain = [config("a"), config("b", annotations=after("ConfigMap/a")), config("c", annotations=after("ConfigMap/b"))]
    changes = planned(chain)
    assert waiting(changes) == ["ConfigMap/b", "ConfigMap/c"]
    assert all(changes[name].pending for name in waiting(changes))
    assert waiting(planned(chain, held(chain[0]))) == ["ConfigMap/c"]


def test_what_failed_holds_its_dependants_for_good_and_nothing_else() -> None:
    failed = deployment("db", 1)
    status = {"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]}
    chain = [failed, config("app", annotations=after("Deployment.apps/db")), config("z", annotations=after("ConfigMap/app"))]
    changes = planned([*chain, config("other")], held(failed, **status))
    assert waiting(changes) == ["ConfigMap/app", "ConfigMap/z"]
    assert not any(changes[name].pending for name in waiting(changes))
    assert created(changes) == ["ConfigMap/other"]


def test_a_wait_times_out_by_the_recorded_time() -> None:
    first = deployment("db", 1, annotations={"reconciler.dev/gate-timeout": "90s"})
    second = config("app", annotations=after("Deployment.apps/db"))
    status = ClusterStatus(M1, True, CURRENT, digest=rendered(first).digest, waited_for_since=NOW - timedelta(seconds=90))

    def change(since: datetime, *, digest: str = "") -> Any:
        known = replace(status, waited_for_since=since, digest=digest or status.digest)
        facts = Facts(NOW, recorded=lambda key: known if key.name == "db" else None)
        return planned([first, second], held(first, replicas=0), facts=facts)["ConfigMap/app"]

    late = change(NOW - timedelta(seconds=90))
    assert late.waits[0].standing is Standing.TIMED_OUT
    assert not late.pending
    assert "1m30s" in late.reason
    assert change(NOW - timedelta(seconds=89)).pending
    assert change(NOW - timedelta(days=1), digest="sha256:older").pending, "the clock is that of the manifest"


def test_a_gate_runs_before_all_others_of_its_namespace() -> None:
    gate = job(annotations={"reconciler.dev/gate": "before"})
    changes = planned([gate, config("app"), manifest("ConfigMap", "other", "bank")])
    assert waiting(changes) == ["ConfigMap/app"]
    running = planned([gate, config("app")], held(gate, startTime="2026-01-01T00:00:00Z", active=1))
    assert waiting(running) == ["ConfigMap/app"]
    complete = held(gate, startTime="2026-01-01T00:00:00Z", succeeded=1, conditions=[{"type": "Complete", "status": "True"}])
    assert created(planned([gate, config("app")], complete)) == ["ConfigMap/app"]
    failed = held(gate, startTime="2026-01-01T00:00:00Z", failed=1, conditions=[{"type": "Failed", "status": "True"}])
    stopped = planned([gate, config("app")], failed)["ConfigMap/app"]
    assert stopped.waits[0].standing is Standing.FAILED


def test_a_gate_waits_for_what_its_pods_need() -> None:
    spec = {"template": {"spec": {"containers": [{"name": "m", "envFrom": [{"configMapRef": {"name": "needed"}}]}]}}}
    gate = {**job(annotations={"reconciler.dev/gate": "before"}), "spec": spec}
    assert waiting(planned([gate, config("needed"), config("app")])) == ["ConfigMap/app"]


def test_a_gate_after_the_others() -> None:
    gate = job(annotations={"argocd.argoproj.io/hook": "PostSync"})
    assert waiting(planned([gate, config("app")])) == ["Job/migrate"]
    assert created(planned([gate, config("app")], held(config("app")))) == ["Job/migrate"]


def test_a_gate_that_ran_does_not_run_again() -> None:
    gate = job(annotations={"reconciler.dev/gate": "before"})
    ran = ClusterStatus(M1, True, CURRENT, digest=rendered(gate).digest)
    facts = Facts(NOW, recorded=lambda key: ran if key.kind == "Job" else None)
    changes = planned([gate, config("app")], facts=facts)
    assert created(changes) == ["ConfigMap/app"]
    assert changes["Job/migrate"].ran
    other = replace(facts, recorded=lambda key: replace(ran, digest="sha256:older") if key.kind == "Job" else None)
    assert created(planned([gate, config("app")], facts=other)) == ["Job/migrate"]


def test_an_object_on_another_member() -> None:
    second = config("app", annotations=after("Deployment.apps/db@m2", "ConfigMap/app@m1"))
    there = Dependency(ResourceKey("apps", "Deployment", "shop", "db"), "m2")
    changes = planned([second], elsewhere={there: Wait(there, Standing.IN_PROGRESS)})
    assert changes["ConfigMap/app"].reason.startswith("it waits for Deployment.apps shop/db on m2 (not Current yet)")
    assert created(planned([second])) == ["ConfigMap/app"]


def test_removal_runs_backwards() -> None:
    first, second, third = (config(name, annotations=wave(number)) for number, name in enumerate("abc"))
    removed = planned([], held(first), held(second), held(third))
    assert waiting(removed) == ["ConfigMap/b", "ConfigMap/a"]
    assert waiting(planned([], held(first), held(second))) == ["ConfigMap/a"]


def test_what_depends_on_an_object_goes_first() -> None:
    base, user = config("base"), config("user", annotations=after("ConfigMap/base"))
    assert waiting(planned([], held(base), held(user))) == ["ConfigMap/base"]
    stays = planned([user], held(base), held(user))["ConfigMap/base"]
    assert stays.reason == "not pruned: ConfigMap shop/user, which stays here, depends on it"
