"""The warnings about a change: each at its place, and none about what was so before."""

from __future__ import annotations

import base64

import pytest

from reconciler.model.issues import Issue, Severity
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiler import Compiler
from reconciler.record.next_state import assume_applied
from reconciler.review.concerns.concerns import REASONS, concerns, new_issues, option_word
from reconciler.review.diff import diff_compiled, with_causes
from reconciler.review.guarded import guarded_removals
from reconciler.review.kept import Copy
from reconciler.review.outline.copies import Revisions
from reconciler.review.outline.outline import outline
from tests.support.in_memory_fleet import NOW, Files, Playground, load
from tests.support.shop import BROKEN, SHOP, cluster_file, config_file, on, on_servers, policy_file, text, workload
from tests.support.tenants import FILES as TENANCY
from tests.support.tenants import TENANTS, config_map, policy


def found(head: Files, base: Files = SHOP, recorded: RecordedState | None = None) -> list[Issue]:
    """As `diff` finds them."""
    compiler = Compiler()
    before = compiler.compile(load(base, compiler), recorded or RecordedState(), NOW, settled=True)
    after = compiler.compile(load(head, compiler), assume_applied(before), NOW, settled=True)
    differences = list(with_causes(diff_compiled(before, after), before, after, compiler.place))
    removals = [Copy(one.key, name) for one in differences if one.after is None for name in one.clusters]
    guarded = guarded_removals(removals, before, after)
    issues = new_issues(before, after)
    return list(
        concerns(Revisions(before, after), differences, outline(differences, before, after), guarded, issues, compiler.place, NOW)
    )


def told(head: Files, base: Files = SHOP) -> list[str]:
    return [f"{issue.origin}: {issue.message} [{issue.reason}]" for issue in found(head, base)]


SECRET = text("""
    apiVersion: v1
    kind: Secret
    metadata: {name: db, namespace: shop}
    stringData: {password: hunter2}
""")
SECRETS = policy_file("secrets", "Secret", on("m1", "m2"), api="v1", target="db")


def test_what_is_as_it_was_is_not_told() -> None:
    base = {**SHOP, "lost.yaml": config_file("lost"), "idle.yaml": policy_file("idle", "Service", on("m1"), api="v1")}
    assert told(base, base) == []
    assert told({**base, "web/deployment.yaml": "\n\n" + workload("web", 5)}, base) == []


def test_a_member_that_is_left_without_objects() -> None:
    head = {**SHOP, "api/policy.yaml": policy_file("api", "Deployment", on("m1"))}
    assert told(head) == [
        "api/policy.yaml:6: m3: no object is left on this member; its only object of ours is removed [MemberEmptied]"
    ]
    assert not any("MemberEmptied" in line for line in told({**head, "c.yaml": config_file("c"), **of_all("ConfigMap")}))


def test_the_place_is_that_of_most_removals() -> None:
    configs = {f"a{number}.yaml": config_file(f"c{number}") for number in range(3)}
    place = lambda member: policy_file("all", "ConfigMap", on(member), api="v1").replace(", name: all}]", "}]")  # noqa: E731
    members = {f"{name}.yaml": cluster_file(name) for name in ("m1", "m3")}
    head = {**members, **configs, "z.yaml": place("m1")}
    del head["a0.yaml"]
    (issue,) = [one for one in found(head, {**members, **configs, "z.yaml": place("m3")}) if one.reason == "MemberEmptied"]
    assert str(issue.origin) == "z.yaml:6"


def of_all(kind: str) -> dict[str, str]:
    return {"all.yaml": policy_file("all", kind, on("m1", "m2", "m3"), api="v1", target="c")}


def test_more_removals_than_the_prune_guard_allows() -> None:
    many = {f"{number}.yaml": config_file(f"c{number}") for number in range(20)}
    base = {**SHOP, **many, "all.yaml": policy_file("all", "ConfigMap", on("m3"), api="v1").replace(", name: all}]", "}]")}
    head = {path: content for path, content in base.items() if path not in many}
    (issue,) = [issue for issue in found(head, base) if issue.reason == "PruneGuard"]
    assert (
        issue.message
        == "m3: a sync holds the removal of 20 objects (ConfigMap shop/c0, ConfigMap shop/c1, ConfigMap shop/c10 and 17 more)"
    )
    assert "`Reconciler-Allow-Prune: m3`" in issue.remedy
    assert str(issue.origin) == "0.yaml:1"


def test_more_removals_than_a_tenant_allows() -> None:
    """No trailer consents to them, so the remedy names none; what the prune guard holds does not count."""
    many = {f"teams/a/c{number}.yaml": config_map(f"c{number}") for number in range(3)}
    limited = TENANTS.replace("folders: [teams/a]", "folders: [teams/a]\n  maxRemovals: 2")
    base = {**TENANCY, **many, "platform/tenants.yaml": limited, "teams/a/all.yaml": policy("all", on("m1"), "ConfigMap")}
    head = {path: content for path, content in base.items() if path not in many}
    (issue,) = [issue for issue in found(head, base) if issue.severity is Severity.WARNING]
    assert (issue.reason, str(issue.origin)) == ("RemovalLimit", "teams/a/c0.yaml:1")
    assert issue.message == (
        "a sync holds the removal of 3 objects (ConfigMap team-a/c0, ConfigMap team-a/c1, ConfigMap team-a/c2): this revision "
        "removes 3 copies of Tenant team-a, and spec.maxRemovals (platform/tenants.yaml:6) is 2"
    )
    assert "Reconciler-Allow-Prune" not in issue.remedy
    more = {f"teams/a/d{number}.yaml": config_map(f"d{number}") for number in range(20)}
    assert [issue.reason for issue in found(head, {**base, **more})] == ["PruneGuard"]


def test_replicas_to_zero() -> None:
    assert told({**SHOP, "web/deployment.yaml": workload("web", 0)}) == [
        "web/deployment.yaml:1: Deployment.apps shop/web: no replicas any more on m1, m2; no replica is left [ScaleToZero]"
    ]
    assert told({**SHOP, "web/deployment.yaml": workload("web", 2)}) == []


def test_recreation_and_refusal() -> None:
    selector = workload("web", 4).replace("{app: web}}", "{app: web, tier: a}}")
    shop = on_servers(SHOP)
    assert told({**shop, "web/deployment.yaml": selector}, shop) == [
        "web/deployment.yaml:1: Deployment.apps shop/web: an API server refuses this change on m1, m2: it does not let "
        "spec.selector change [ChangeRefused]"
    ]
    agreed = selector.replace("namespace: shop", 'namespace: shop, annotations: {reconciler.dev/recreate: "true"}')
    assert told({**shop, "web/deployment.yaml": agreed}, shop) == [
        "web/deployment.yaml:1: Deployment.apps shop/web: deleted and created again on m1, m2, because spec.selector may not "
        "change [Recreation]"
    ]
    assert told({**SHOP, "web/deployment.yaml": agreed}) == [
        "web/deployment.yaml:1: Deployment.apps shop/web: the folders of m1, m2 take this change, but an API server does not let "
        "spec.selector change [ChangeRefused]"
    ]


def test_a_workload_that_is_left_on_one_member() -> None:
    head = {**SHOP, "web/policy.yaml": policy_file("web", "Deployment", on("m1"))}
    assert told(head) == [
        "web/policy.yaml:6: Deployment.apps shop/web: on m1 alone, and on 2 members before [OneCluster]",
    ]
    moved = {**SHOP, "api/policy.yaml": policy_file("api", "Deployment", on("m1"))}
    assert not any("OneCluster" in line for line in told(moved))
    fewer_settings = {**SHOP, "settings/policy.yaml": policy_file("settings", "ConfigMap", on("m1"), api="v1")}
    assert not any("OneCluster" in line for line in told(fewer_settings))


async def test_what_is_taken_over_from_now_on() -> None:
    policy = policy_file("web", "Deployment", on("m1", "m2"), more="conflictResolution: Overwrite")
    taking = {**SHOP, "web/policy.yaml": policy}
    assert told(taking) == [
        "web/policy.yaml:1: Deployment.apps shop/web: what m1, m2 may hold under this name is taken over now "
        "(conflictResolution: Overwrite) [TakeOver]"
    ]
    assert told({**taking, "web/deployment.yaml": workload("web", 5)}, taking) == []
    everywhere = "{apiVersion: reconciler.dev/v1alpha1, kind: Configuration, spec: {conflictResolution: Overwrite}}"
    lines = told({**SHOP, "reconciler.yaml": everywhere})
    assert lines
    assert all(line.endswith("is taken over now (conflictResolution: Overwrite) [TakeOver]") for line in lines)
    ground = Playground("m1", "m2", "m3")
    await ground.sync(SHOP)
    assert found(taking, recorded=ground.recorded) == []


def new_ones(*names: str) -> dict[str, str]:
    """Workloads, each with a policy that places it on m1."""
    rules = {f"{name}-policy.yaml": policy_file(name, "Deployment", on("m1")) for name in names}
    return {f"{name}.yaml": workload(name, 2) for name in names} | rules


def test_new_workloads_on_one_member_are_one_line() -> None:
    assert told({**SHOP, **new_ones("a")}) == ["a.yaml:1: Deployment.apps shop/a: new, and on m1 alone [OneCluster]"]
    assert told({**SHOP, **new_ones("a", "b", "c", "d")}) == [
        "a.yaml:1: 4 new workloads are on one member each (Deployment.apps shop/a on m1, Deployment.apps shop/b on m1, "
        "Deployment.apps shop/c on m1 and 1 more) [OneCluster]"
    ]


def test_a_workload_that_may_be_on_one_member_is_not_told() -> None:
    """It says so, it was there before, it does not run on, or there is only one member."""
    files = new_ones("a")
    meant = files["a.yaml"].replace("namespace: shop", 'namespace: shop, annotations: {reconciler.dev/min-available: "0"}')
    assert told({**SHOP, **files, "a.yaml": meant}) == []
    assert told({**SHOP, **files, "a.yaml": workload("a", 3)}, {**SHOP, **files}) == []
    assert told({**SHOP, **files, "a.yaml": workload("a", 0)}) == []
    alone = {"m1.yaml": cluster_file("m1")}
    assert told({**alone, **files}, alone) == []


def test_a_secret_in_plain_text_is_told_when_it_comes_and_never_shown() -> None:
    head = {**SHOP, "db.yaml": SECRET, "secrets.yaml": SECRETS}
    (issue,) = found(head)
    assert (issue.reason, str(issue.origin)) == ("PlainSecret", "db.yaml:1")
    assert "hunter2" not in issue.message + issue.remedy
    assert base64.b64encode(b"hunter2").decode() not in issue.message + issue.remedy
    assert found({**head, "db.yaml": SECRET.replace("hunter2", "hunter3")}, head) == []
    empty = SECRET.replace("stringData: {password: hunter2}", "type: Opaque")
    assert found({**SHOP, "db.yaml": empty, "secrets.yaml": SECRETS}) == []


@pytest.mark.parametrize(
    ("files", "reason", "place"),
    [
        ({"idle.yaml": policy_file("idle", "Service", on("m1"), api="v1")}, "MatchesNothing", "idle.yaml:5"),
        ({"lost.yaml": config_file("lost")}, "Unclaimed", "lost.yaml:1"),
        (
            {"far.yaml": cluster_file("m4"), "web/policy.yaml": policy_file("web", "Deployment", on("m1", "m2", "m9"))},
            "UnknownCluster",
            "web/policy.yaml:6",
        ),
    ],
)
def test_new_warnings_of_validate(files: dict[str, str], reason: str, place: str) -> None:
    (issue,) = [issue for issue in found({**SHOP, **files}) if issue.reason == reason]
    assert str(issue.origin) == place


def test_what_lint_finds_is_not_new_while_base_could_not_be_judged() -> None:
    idle = {"idle.yaml": policy_file("idle", "Service", on("m1"), api="v1")}
    assert found({**SHOP, **idle}, {**SHOP, **idle, "broken.yaml": BROKEN}) == []


def test_one_cause_is_told_once() -> None:
    lost = {f"lost/{number}.yaml": config_file(f"lost{number}") for number in range(1000)}
    (issue,) = found({**SHOP, **lost})
    assert issue.message.startswith("1000 objects (ConfigMap shop/lost0, ")


def test_a_broken_cluster_file_is_told_once_for_a_thousand_templates() -> None:
    apps = {f"apps/{number}.yaml": workload(f"w{number}", 1) for number in range(1000)}
    every = policy_file("every", "Deployment", "").replace(", name: every}]", "}]")
    base = {"m1.yaml": cluster_file("m1"), "every.yaml": every, **apps}
    compiler = Compiler()
    before = compiler.compile(load(base, compiler), RecordedState(), NOW, settled=True)
    after = compiler.compile(load({**base, "m1.yaml": BROKEN + cluster_file("m1")}, compiler), assume_applied(before), NOW)
    assert [issue.reason for issue in new_issues(before, after)] == ["Syntax"]


def test_every_reason_has_a_word_of_its_own() -> None:
    assert option_word("ScaleToZero") == "scale-to-zero"
    assert len({option_word(reason) for reason in REASONS}) == len(REASONS)


TAG = text("""
    apiVersion: policy.karmada.io/v1alpha1
    kind: OverridePolicy
    metadata: {name: tag, namespace: shop}
    spec:
      resourceSelectors: [{apiVersion: apps/v1, kind: Deployment}]
      overrideRules:
        - overriders: {imageOverrider: [{component: Tag, operator: replace, value: "1"}]}
""")


def idle(head: Files, base: Files) -> list[str]:
    return [line for line in told(head, base) if "ChangesNothing" in line]


def test_an_overrider_that_ends_to_have_an_effect() -> None:
    """It changes web, and api has its value already."""
    base = {**SHOP, "tag.yaml": TAG, "web/deployment.yaml": SHOP["web/deployment.yaml"].replace("web:1", "web:2")}
    gone = {path: content for path, content in base.items() if path != "web/deployment.yaml"}
    for head in (SHOP | {"tag.yaml": TAG}, gone):
        assert [line.split(":")[0] for line in idle(head, base)] == ["tag.yaml"]
    other = {**base, "api/deployment.yaml": workload("api", 3)}
    assert idle(other, base) == []  # It still changes web.
    assert idle({**SHOP, "tag.yaml": TAG, "web/deployment.yaml": workload("web", 5)}, {**SHOP, "tag.yaml": TAG}) == []


def test_an_override_policy_for_objects_that_did_not_change() -> None:
    base = {
        **SHOP,
        "web/deployment.yaml": SHOP["web/deployment.yaml"].replace("namespace: shop}", "namespace: shop, labels: {a: b}}", 1),
    }
    labelled = TAG.replace("kind: Deployment}", "kind: Deployment, labelSelector: {matchLabels: {a: b}}}")
    on_none = labelled.replace("- overriders", "- targetCluster: {clusterNames: [m3]}\n      overriders")
    assert told({**base, "tag.yaml": on_none}, base) == []
    nothing = on_none.replace("a: b", "a: c")
    assert ["MatchesNothing" in line for line in told({**base, "tag.yaml": nothing}, base)] == [True]


SURVIVES = text("""
    apiVersion: reconciler.dev/v1alpha1
    kind: Configuration
    metadata: {name: reconciler}
    spec:
      survives:
      - loss: [cluster]
        minAvailable: 50%
""")


def test_what_the_loss_of_a_member_would_leave() -> None:
    base = {**SHOP, "reconciler.yaml": SURVIVES}
    alone = {**base, "web/policy.yaml": policy_file("web", "Deployment", on("m1"))}
    few = [line for line in told(alone, base) if "TooFewLeft" in line]
    assert few == [
        "web/policy.yaml:6: Deployment.apps shop/web: 0 of 4 replicas left without cluster m1, 2 needed [TooFewLeft]",
    ]
    assert [line.partition(":")[0] for line in told(base)] == ["api/policy.yaml"]  # HEAD asks, and BASE did not.
    assert told({**base, "web/deployment.yaml": workload("web", 5)}, base) == []


def test_a_minimum_that_is_none() -> None:
    stated = "namespace: shop, annotations: {reconciler.dev/min-available: x}}"
    wrong = SHOP["api/deployment.yaml"].replace("namespace: shop}", stated, 1)
    files = {**SHOP, "reconciler.yaml": SURVIVES, "api/deployment.yaml": wrong}
    assert [line for line in told(files) if "InvalidMinimum" in line] == [
        "api/deployment.yaml:1: Deployment.apps shop/api: annotation reconciler.dev/min-available: x is neither a number nor a "
        "percentage [InvalidMinimum]"
    ]
