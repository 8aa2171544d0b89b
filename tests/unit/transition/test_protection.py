"""What a file with an error protects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.customization import Customization
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, GroupVersionKind, PolicyRef
from reconciler.model.origin import Origin
from reconciler.model.recorded import RecordedCluster
from reconciler.transition.protection import Protection, overlaid, protection, still_declared
from tests.support.builders import POLICY, binding, recorded, recorded_state


@pytest.mark.parametrize(
    ("files", "clusters", "expected"),
    [
        ((), (), ""),
        (("web.yaml", "policy.yaml"), (), "web.yaml"),
        (("policy.yaml",), (), "policy.yaml"),
        (("tier.yaml",), (), "tier.yaml"),
        (("other.yaml",), ("m9",), ""),
        ((), ("m2",), "the file of cluster m2"),
    ],
)
def test_a_file_with_an_error_freezes_what_it_governs(files: tuple[str, ...], clusters: tuple[str, ...], expected: str) -> None:
    overrides = ((PolicyRef("OverridePolicy", "shop", "tier"), "tier.yaml"),)
    previous = recorded(binding(m1=1, m2=1), policy_file="policy.yaml", overrides=overrides)
    assert previous.binding.policy == POLICY
    protected = Protection(frozenset(files), frozenset(map(ClusterName, clusters)))
    assert protected.freezes(previous.decision) == expected
    assert protected.freezes(None) == ""


def test_an_override_that_can_be_read_holds_and_freezes_nothing() -> None:
    tier = PolicyRef("OverridePolicy", "shop", "tier")
    previous = recorded(binding(m1=1), policy_file="policy.yaml", overrides=((tier, "tier.yaml"),)).decision
    unread = Protection(frozenset({"tier.yaml"}), frozenset())
    assert unread.holds(previous) == "tier.yaml has an error, and its content governs this object"
    assert unread.freezes(previous) == "tier.yaml"
    read = replace(unread, overrides=frozenset({tier}))
    assert read.holds(previous) == read.freezes(previous) == ""


@pytest.mark.parametrize(("declared", "now", "held"), [(1, 1, False), (2, 2, False), (1, 2, False), (2, 1, True), (1, 0, True)])
def test_rules_that_can_be_read_hold_nothing_and_none_is_lost(declared: int, now: int, held: bool) -> None:
    """declared, now: how many rules for the kind the file had at the last good revision, and how many can be read now."""
    previous = recorded(binding(m1=1), rule_files=("rules.yaml",) * declared)
    rule = Customization("rule", GroupVersionKind("apps", "v1", "Deployment"), {}, Origin("rules.yaml"))
    desired = DesiredState(customizations=(rule,) * now, broken_files=frozenset({"rules.yaml"}))
    assert bool(protection(desired, recorded_state(previous), ()).holds(previous.decision)) is held


@pytest.mark.parametrize(
    ("file", "text", "stays"),
    [
        ("web.yaml", "", True),  # the template's own file
        ("apps.yaml", "kind: [\nname: web\n", True),  # it may have been moved there
        ("apps.yaml", "kind: [\nname: other\n", False),
    ],
)
def test_a_template_that_a_broken_file_may_declare_is_still_declared(file: str, text: str, stays: bool) -> None:
    cluster = RecordedCluster(ClusterName("m1"), "apps.yaml")
    state = recorded_state(recorded(binding(m1=1)), clusters=[cluster])
    broken = DesiredState(broken_files=frozenset({file}), broken_texts={file: text})
    assert bool(still_declared(protection(broken, state, {cluster.name}), state, {})) is stays
    assert not still_declared(protection(broken, state, {cluster.name}), state, {binding().key: None})


@pytest.mark.parametrize(
    ("hidden", "expected"),
    [
        ("apps", {"apps": ("apps/web.yaml",)}),
        ("apps/web.yaml", {"apps/web.yaml": ("apps/web.yaml",)}),
        ("app", {}),
        ("vendor", {}),
    ],
)
def test_links_and_submodules_are_not_followed(hidden: str, expected: dict[str, tuple[str, ...]]) -> None:
    state = recorded_state(recorded(binding(m1=1), template_file="apps/web.yaml"))
    desired = DesiredState(hidden=frozenset({hidden}))
    assert overlaid(desired, state) == expected
    assert bool(still_declared(protection(desired, state, ()), state, {})) is bool(expected)


@pytest.mark.parametrize("hidden", [frozenset({"apps.yaml"}), frozenset()])
def test_an_unreadable_path_may_hold_what_another_file_declared(hidden: frozenset[str]) -> None:
    cluster = RecordedCluster(ClusterName("m1"), "apps.yaml")
    state = recorded_state(recorded(binding(m1=1)), clusters=[cluster])
    broken = DesiredState(broken_files=frozenset({"apps.yaml"}), hidden=hidden)
    assert bool(still_declared(protection(broken, state, {cluster.name}), state, {})) is bool(hidden)
