"""A file with an error: what it declared or governs stays as it is, the rest goes on."""

from __future__ import annotations

import pytest

from reconciler.model.issues import Severity
from reconciler.model.manifest import Manifest, get
from tests.support.in_memory_fleet import Files, Playground
from tests.support.shop import BROKEN, HOLDS, SHOP, config_file, on, policy_file, workload

FILES = sorted(SHOP)


@pytest.fixture
async def synced() -> Playground:
    shop = Playground("m1", "m2", "m3")
    await shop.sync(SHOP)
    assert shop.holds() == HOLDS
    return shop


def snapshot(shop: Playground) -> dict[str, dict[str, Manifest]]:
    return {name: dict(member.holds()) for name, member in shop.members.items()}


def changed(files: dict[str, str | None], base: Files = SHOP) -> Files:
    """None takes a file away."""
    return {path: text for path, text in {**base, **files}.items() if text is not None}


@pytest.mark.parametrize("path", FILES)
async def test_whatever_file_breaks_nothing_is_written_or_removed(synced: Playground, path: str) -> None:
    before = snapshot(synced)
    for _ in range(3):
        result = await synced.sync(changed({path: BROKEN}))
        assert [issue.origin.file for issue in result.compiled.issues if issue.reason == "Syntax"] == [path]
        assert snapshot(synced) == before
        assert synced.requests() == {}


@pytest.mark.parametrize("path", FILES)
async def test_mending_it_finds_everything_in_its_place(synced: Playground, path: str) -> None:
    recorded = synced.recorded
    await synced.sync(changed({path: BROKEN}))
    await synced.sync(SHOP)
    assert synced.requests() == {}
    assert synced.recorded == recorded


@pytest.mark.parametrize("path", FILES)
async def test_a_file_that_breaks_as_it_is_moved_protects_as_well(synced: Playground, path: str) -> None:
    before = snapshot(synced)
    await synced.sync(changed({path: None, f"moved/{path}": BROKEN}))
    assert snapshot(synced) == before
    await synced.sync(changed({path: None, f"moved/{path}": SHOP[path]}))
    assert synced.requests() == {}


@pytest.mark.parametrize("path", [path for path in FILES if path != "clusters/m3.yaml"])
async def test_the_rest_goes_on(synced: Playground, path: str) -> None:
    new = {"new/config.yaml": config_file("new"), "new/policy.yaml": policy_file("new", "ConfigMap", on("m3"), api="v1")}
    await synced.sync(changed({path: BROKEN, **new}))
    assert synced.requests() == {"m3": ["apply ConfigMap shop/new"]}


async def test_what_a_healthy_file_no_longer_declares_is_pruned_all_the_same(synced: Playground) -> None:
    extra = {"x/config.yaml": config_file("x"), "x/policy.yaml": policy_file("x", "ConfigMap", on("m1", "m2"), api="v1")}
    await synced.sync(changed(extra))  # type: ignore[arg-type]
    await synced.sync(changed({"web/deployment.yaml": BROKEN}))
    await synced.sync(changed({**extra, "web/deployment.yaml": BROKEN}))  # type: ignore[dict-item]
    await synced.sync(changed({"web/deployment.yaml": BROKEN, "x/policy.yaml": extra["x/policy.yaml"]}))
    assert synced.requests() == {"m1": ["delete ConfigMap shop/x"], "m2": ["delete ConfigMap shop/x"]}


async def test_a_broken_policy_file_does_not_let_another_policy_move_its_objects(synced: Playground) -> None:
    """Not in the first pass, and not in a later one that remembers the other policy."""
    other = policy_file("fallback", "Deployment", on("m3"), target="web")
    for _ in range(3):
        await synced.sync(changed({"web/policy.yaml": BROKEN, "fallback.yaml": other}))
        assert synced.holds() == HOLDS
    (web,) = [found for key, found in synced.recorded.decisions.items() if key.name == "web"]
    assert (web.policy_file, web.message) == ("web/policy.yaml", "nothing moves while web/policy.yaml has an error")


async def test_a_frozen_object_keeps_its_place_and_its_content(synced: Playground) -> None:
    before = snapshot(synced)
    edited = changed({"web/policy.yaml": BROKEN, "web/deployment.yaml": workload("web", 6).replace("web:1", "web:2")})
    for _ in range(2):
        result = await synced.sync(edited)
        assert synced.requests() == {}
        assert snapshot(synced) == before
    assert not any(change.key.name == "web" for change in result.plans["m1"].changes)  # type: ignore[index]
    await synced.sync(changed({"web/deployment.yaml": edited["web/deployment.yaml"]}))
    held = synced.members["m1"].holds()["Deployment.apps shop/web"]
    assert (get(held, "spec", "replicas"), get(held, "spec", "template", "spec", "containers", 0, "image")) == (3, "web:2")


async def test_the_file_of_a_cluster_says_nothing_about_contents(synced: Playground) -> None:
    edited = {"web/deployment.yaml": workload("web", 6).replace("web:1", "web:2")}
    await synced.sync(changed({"clusters/m1.yaml": BROKEN, **edited}))
    assert synced.requests() == {"m2": ["apply Deployment.apps shop/web"]}
    held = synced.members["m2"].holds()["Deployment.apps shop/web"]
    assert (get(held, "spec", "replicas"), get(held, "spec", "template", "spec", "containers", 0, "image")) == (2, "web:2")


async def test_a_broken_override_holds_its_objects_and_remembers_how_they_fared(synced: Playground) -> None:
    (before,) = [found for key, found in synced.recorded.decisions.items() if key.name == "settings"]
    reported = synced.recorded.report_of(before.binding.key)
    files = changed({"settings/tier.yaml": BROKEN, "settings/config.yaml": config_file("settings", "9")})
    await synced.sync(files)
    (after,) = [found for key, found in synced.recorded.decisions.items() if key.name == "settings"]
    assert synced.requests() == {}
    assert synced.recorded.report_of(after.binding.key) is reported
    assert after.message == "settings/tier.yaml has an error, and its content governs this object"


MISTAKE = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: mistake, namespace: shop}\ndat: {}\n"
"""A template with an error, to stand beside something that can be read."""


@pytest.mark.parametrize("mistake", [MISTAKE, "---\nkind: [\n"])
async def test_an_override_that_can_be_read_governs_beside_an_error_from_the_first_sync_on(mistake: str) -> None:
    shop = Playground("m1", "m2", "m3")
    files = changed({"settings/tier.yaml": SHOP["settings/tier.yaml"] + mistake})
    await shop.sync(files)
    recorded = shop.recorded
    await shop.sync(files)
    assert shop.requests() == {}
    assert shop.recorded == recorded
    edited = SHOP["settings/config.yaml"].replace("{value:", "{new: added, value:")
    await shop.sync({**files, "settings/config.yaml": edited})
    held = {name: shop.members[name].holds()["ConfigMap shop/settings"]["data"] for name in ("m1", "m2")}
    assert held == {"m1": {"new": "added", "value": "1"}, "m2": {"new": "added", "value": "2"}}
    moved = policy_file("settings", "ConfigMap", on("m2", "m3"), api="v1")
    await shop.sync({**files, "settings/policy.yaml": moved})
    assert shop.members["m3"].holds()["ConfigMap shop/settings"]["data"] == {"value": "1"}


async def test_one_that_cannot_be_read_holds_its_objects_beside_one_that_can(synced: Playground) -> None:
    other = SHOP["settings/tier.yaml"].replace("name: tier", "name: other").replace("/data/value", "/data/more")
    both = f"{SHOP['settings/tier.yaml'].replace('overriders:', 'overrider:')}---\n{other}"
    before = snapshot(synced)
    await synced.sync(changed({"settings/tier.yaml": both, "settings/config.yaml": config_file("settings", "9")}))
    assert snapshot(synced) == before


async def test_timers_do_not_run_out_behind_a_broken_override(synced: Playground) -> None:
    """Once mended, a move still makes before it breaks."""
    moved = {"settings/policy.yaml": policy_file("settings", "ConfigMap", on("m3"), api="v1")}
    await synced.sync(changed({**moved, "settings/tier.yaml": BROKEN}))  # type: ignore[dict-item]
    synced.now = synced.now.replace(year=2027)
    await synced.sync(changed({**moved, "settings/tier.yaml": BROKEN}))  # type: ignore[dict-item]
    assert synced.holds() == HOLDS
    await synced.sync(changed(moved))  # type: ignore[arg-type]
    first, *_ = synced.passes
    assert [str(change.action) for change in first.plans["m1"].writes] == []  # type: ignore[index]
    assert [str(change.action) for change in first.plans["m3"].writes] == ["create"]  # type: ignore[index]


async def test_an_empty_tree_prunes_nothing(synced: Playground) -> None:
    clusters = {path: text for path, text in SHOP.items() if path.startswith("clusters/")}
    await synced.sync(clusters)
    assert synced.holds() == HOLDS
    assert synced.requests() == {}


async def test_a_broken_member_file_leaves_that_member_alone_and_serves_the_others(synced: Playground) -> None:
    new = {"new/config.yaml": config_file("new"), "new/policy.yaml": policy_file("new", "ConfigMap", "", api="v1")}
    await synced.sync(changed({"clusters/m1.yaml": BROKEN, **new}))
    assert synced.requests() == {"m2": ["apply ConfigMap shop/new"], "m3": ["apply ConfigMap shop/new"]}
    assert synced.recorded.clusters["m1"].file == "clusters/m1.yaml"  # type: ignore[index]
    await synced.sync(changed(new))  # type: ignore[arg-type]
    assert synced.requests() == {"m1": ["apply ConfigMap shop/new"]}


FOREIGN = "{apiVersion: kustomize.config.k8s.io/v1beta1, kind: Kustomization, resources: [x/config.yaml]}"
"""Of another tool: an error from the first commit on, and it never declared an object."""
EXTRA = {"x/config.yaml": config_file("x"), "x/policy.yaml": policy_file("x", "ConfigMap", on("m1"), api="v1")}
PRUNED = {"m1": ["delete ConfigMap shop/x"]}


def reasons(shop: Playground) -> list[str]:
    return [issue.reason for issue in shop.passes[-1].compiled.issues]


async def test_an_unchanged_file_of_another_tool_holds_nothing_back(synced: Playground) -> None:
    await synced.sync(changed({**EXTRA, "kustomization.yaml": FOREIGN}))  # type: ignore[arg-type]
    await synced.sync(changed({"x/policy.yaml": EXTRA["x/policy.yaml"], "kustomization.yaml": FOREIGN}))
    assert synced.requests() == PRUNED
    assert "NotPruned" not in reasons(synced)


async def test_nor_does_one_that_is_edited_and_does_not_name_the_object(synced: Playground) -> None:
    await synced.sync(changed({**EXTRA, "kustomization.yaml": FOREIGN}))  # type: ignore[arg-type]
    edited = FOREIGN.replace("x/config.yaml", "")
    await synced.sync(changed({"x/policy.yaml": EXTRA["x/policy.yaml"], "kustomization.yaml": edited}))
    assert synced.requests() == PRUNED


@pytest.mark.parametrize("base", [{}, {"new.yaml": FOREIGN}])
async def test_what_may_have_been_moved_to_a_new_or_edited_file_stays_and_is_told(
    synced: Playground, base: dict[str, str]
) -> None:
    """It stays for as long as the file has an error, and goes when the file is left out."""
    await synced.sync(changed({**EXTRA, **base}))  # type: ignore[arg-type]
    moved = {"x/policy.yaml": EXTRA["x/policy.yaml"], "new.yaml": EXTRA["x/config.yaml"] + "broken: [\n"}
    for text in (moved["new.yaml"], moved["new.yaml"], BROKEN):
        await synced.sync(changed({**moved, "new.yaml": text}))
        assert synced.requests() == {}
        (told,) = [issue for issue in synced.passes[-1].compiled.issues if issue.reason == "NotPruned"]
        assert told.message == "1 object not pruned: new.yaml has an error and may declare it (ConfigMap shop/x)"
        assert "spec.exclude" in told.remedy
        assert "prunes what it declared; to keep that, sync its policy with preserveResourcesOnDeletion: true" in told.remedy
    (x,) = [decision for key, decision in synced.recorded.decisions.items() if key.name == "x"]
    assert x.message.startswith("its template is gone; it stays as it was, because new.yaml has an error and may declare it.")
    exclude = "{apiVersion: reconciler.dev/v1alpha1, kind: Configuration, spec: {exclude: [new.yaml]}}"
    await synced.sync(changed({**moved, "reconciler.yaml": exclude}))
    assert synced.requests() == PRUNED


@pytest.mark.parametrize("mistake", ["broken: [\n", "typo: 1\n"])
async def test_the_error_comes_before_what_follows_from_it(synced: Playground, mistake: str) -> None:
    await synced.sync(changed(EXTRA))  # type: ignore[arg-type]
    moved = {"x/policy.yaml": EXTRA["x/policy.yaml"], "new.yaml": config_file("other") + mistake}
    await synced.sync(changed(moved))
    first, second, *_ = [issue for issue in synced.passes[-1].compiled.issues if issue.origin.file == "new.yaml"]
    assert (first.severity, second.reason) == (Severity.ERROR, "NotPruned")
    assert first.origin == second.origin


async def test_what_a_file_with_an_error_declared_can_be_kept_when_the_file_is_left_out(synced: Playground) -> None:
    """As the remedy of `NotPruned` says."""
    await synced.sync(changed(EXTRA))  # type: ignore[arg-type]
    policy = EXTRA["x/policy.yaml"].replace("\nspec:", "\nspec:\n  preserveResourcesOnDeletion: true")
    broken = changed({"x/policy.yaml": policy, "x/config.yaml": EXTRA["x/config.yaml"] + "broken: [\n"})
    await synced.sync(broken)
    assert synced.requests() == {}
    exclude = "{apiVersion: reconciler.dev/v1alpha1, kind: Configuration, spec: {exclude: [x/config.yaml]}}"
    held = synced.holds()
    await synced.sync({**broken, "reconciler.yaml": exclude})
    assert synced.holds() == held
    assert synced.requests() not in ({}, PRUNED)


async def test_a_policy_that_is_moved_into_a_file_with_an_error_is_answered_alike_in_every_sync(synced: Playground) -> None:
    before = snapshot(synced)
    prune = "{apiVersion: reconciler.dev/v1alpha1, kind: Configuration, spec: {unclaimed: Prune}}"
    await synced.sync(changed({"reconciler.yaml": prune}))
    files = changed(
        {
            "reconciler.yaml": prune,
            "web/policy.yaml": None,
            "other.yaml": f"{config_file('new')}---\n{SHOP['web/policy.yaml']}broken: [\n",
            "new.yaml": policy_file("new", "ConfigMap", on("m3"), api="v1"),
        }
    )
    await synced.sync(files)
    recorded = synced.recorded
    for _ in range(2):
        await synced.sync(files)
        assert synced.requests() == {}
        assert synced.recorded == recorded
    held = snapshot(synced)
    assert all(held[name][key] == one for name, objects in before.items() for key, one in objects.items())
    (web,) = [decision for key, decision in synced.recorded.decisions.items() if key.name == "web"]
    assert web.message == "nothing moves while other.yaml has an error"
