"""What `validate` says about strategies of rollouts, and about annotations of policies that name them."""

from __future__ import annotations

import pytest

from reconciler.model.issues import Severity
from tests.support.in_memory_fleet import load

CLUSTERS = {
    f"clusters/{name}.yaml": f"""apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata: {{name: {name}, labels: {{region: {region}}}}}
spec: {{syncMode: Push, apiEndpoint: "file:{name}"}}
"""
    for name, region in (("a", "eu"), ("b", "eu"), ("c", "us"))
}


def issues(spec: str, annotations: str = "", **more: str) -> list[tuple[str, str, str]]:
    """Severity, reason and `file:line: message` of what is wrong with rollouts."""
    configuration = f"apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec:\n{spec}"
    policy = f"""apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata:
  name: app
  namespace: shop
  annotations: {{{annotations}}}
spec:
  resourceSelectors: [{{apiVersion: v1, kind: ConfigMap}}]
"""
    files = {**CLUSTERS, "reconciler.yaml": configuration, "policy.yaml": policy, **more}
    return [(one.severity.value, one.reason, f"{one.origin}: {one.message}") for one in load(files).issues]


@pytest.mark.parametrize(
    ("spec", "reason", "said"),
    [
        ("[{name: x, clusters: [a]}, {name: x}]", "DuplicateGroup", "spec.rollout has two groups with the name x"),
        (
            "[{name: first}, {name: second, clusters: [a]}]",
            "NeverReached",
            "group second is never reached: group first before it takes all clusters that are left",
        ),
        ("[{name: x, clusters: [d]}, {name: rest}]", "UnknownCluster", "group x names the cluster d, which no file declares"),
        (
            "[{name: x, clusterSelector: {matchLabels: {region: asia}}}, {name: rest}]",
            "MatchesNoCluster",
            "group x takes no cluster: no cluster has these names or labels",
        ),
        (
            "[{name: x, clusters: [c]}, {name: more, clusterSelector: {matchLabels: {region: us}}}, {name: rest}]",
            "MatchesNoCluster",
            "group more takes no cluster: the groups before it take all clusters that it could",
        ),
    ],
)
def test_groups_that_do_not_do_what_they_seem_to(spec: str, reason: str, said: str) -> None:
    (found,) = issues(f"  rollout:\n    groups: {spec}\n")
    assert found[1:] == (reason, f"reconciler.yaml:5: {'Configuration.reconciler.dev: ' if reason in _OF_A_FILE else ''}{said}")
    assert found[0] == ("error" if reason == "DuplicateGroup" else "warning")


_OF_A_FILE = ("DuplicateGroup", "NeverReached")


def test_groups_that_are_fine() -> None:
    groups = "[{name: canary, clusters: [a]}, {name: eu, clusterSelector: {matchLabels: {region: eu}}}, {name: rest}]"
    every = "[{name: eu, clusterSelector: {matchExpressions: [{key: region, operator: Exists}]}}, {name: rest}]"
    assert issues(f"  rollout: {{groups: {groups}}}\n  rollouts: {{slow: {{groups: {every}}}, empty: {{}}}}\n") == []


def test_a_policy_names_a_strategy_that_is_not_there() -> None:
    strategies = "  rollouts: {careful: {}}\n"
    assert issues(strategies, "reconciler.dev/rollout: careful") == []
    assert issues(strategies, "reconciler.dev/rollout: none") == []
    (found,) = issues(strategies, "reconciler.dev/rollout: carefull")
    said = "names the rollout strategy carefull, which spec.rollouts of the Configuration lacks"
    assert found == ("error", "UnknownRollout", f"policy.yaml:6: PropagationPolicy shop/app {said}")
    broken = issues("  rolouts: {careful: {}}\n", "reconciler.dev/rollout: careful")
    assert "UnknownRollout" not in {reason for _, reason, _ in broken}  # The Configuration itself has the error.


def test_the_remedy_guesses_the_name() -> None:
    files = {
        **CLUSTERS,
        "reconciler.yaml": "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec:\n  rollouts: {careful: {}}\n",
        "policy.yaml": """apiVersion: policy.karmada.io/v1alpha1
kind: ClusterPropagationPolicy
metadata: {name: app, annotations: {reconciler.dev/rollout: carefull}}
spec:
  resourceSelectors: [{apiVersion: v1, kind: Namespace}]
""",
    }
    desired = load(files)
    (issue,) = [one for one in desired.issues if one.severity is Severity.ERROR]
    assert issue.remedy.startswith("Did you mean careful? Otherwise write the strategy into spec.rollouts")
    assert desired.policies == ()


@pytest.mark.parametrize(
    ("control", "said"),
    [
        ("approved: [1234567890/rest]", ""),
        ("approved: ['1234567890/*']", ""),
        ("promoted: [rest]", "spec.rolloutControl.promoted[0] is about nothing: rest is not REVISION/GROUP"),
        ("approved: [12/rest]", "spec.rolloutControl.approved[0] is about nothing: 12/rest is not REVISION/GROUP"),
        ("approved: [1234567890/asia]", "is about nothing: the strategy has no group asia"),
    ],
)
def test_approvals_for_nothing(control: str, said: str) -> None:
    found = issues(f"  rollout: {{}}\n  rolloutControl:\n    {control}\n")
    assert [one[:2] for one in found] == ([("warning", "ApprovesNothing")] if said else [])
    assert all(said in text and text.startswith("reconciler.yaml:6:") for _, _, text in found)


@pytest.mark.parametrize(
    ("group", "known"), [("part-1", True), ("part-12", True), ("part-0", False), ("rest", False), ("part-", False)]
)
def test_groups_that_clusters_are_cut_into_are_named_by_their_number(group: str, known: bool) -> None:
    found = issues(f"  rollout: {{partitionSize: 25%}}\n  rolloutControl: {{approved: [1234567890/{group}]}}\n")
    assert [one[1] for one in found] == ([] if known else ["ApprovesNothing"])


def test_controls_without_a_rollout() -> None:
    (found,) = issues("  rolloutControl: {approved: [1234567890/rest]}\n")
    assert "there is no spec.rollout" in found[2]
    (found,) = issues("  rollout: {}\n", "reconciler.dev/rollout-paused: lunch")
    assert found[1] == "ApprovesNothing"
    assert "the policy has no rollout of its own" in found[2]
    named = "reconciler.dev/rollout: careful, reconciler.dev/rollout-approved: 1234567890/asia"
    (found,) = issues("  rollouts: {careful: {}}\n", named)
    assert "the strategy has no group asia" in found[2]
