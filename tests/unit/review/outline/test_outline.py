"""The order in which differences are told, and what is told together."""

from __future__ import annotations

import re

from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import Compiler
from reconciler.present.outline import entry_heading, named, outline_lines
from reconciler.record.next_state import assume_applied
from reconciler.review.diff import diff_compiled
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.entries import Entry
from reconciler.review.outline.outline import outline
from tests.support.in_memory_fleet import NOW, Files, load
from tests.support.shop import DIVIDED, OVERRIDE, SHOP, config_file, on, policy_file, text, workload


def compiled(head: Files, base: Files = SHOP) -> tuple[Compiled, Compiled]:
    compiler = Compiler()
    before = compiler.compile(load(base, compiler), RecordedState(), NOW, settled=True)
    return before, compiler.compile(load(head, compiler), assume_applied(before), NOW, settled=True)


def entries(head: Files, base: Files = SHOP) -> tuple[Entry, ...]:
    before, after = compiled(head, base)
    return outline(diff_compiled(before, after), before, after)


def differences(head: Files, base: Files = SHOP) -> list[ObjectDiff]:
    return diff_compiled(*compiled(head, base))


def lines(head: Files, base: Files = SHOP) -> list[str]:
    """Without the places in files."""
    return [re.sub(r" \([^()]*:\d+[^()]*\)", "", str(line)) for line in outline_lines(entries(head, base), members=3)]


def many(count: int, tag: str) -> dict[str, str]:
    """As many Deployments, and a policy that places them on all members."""
    rule = policy_file("many", "Deployment", "", target="''").replace(", name: ''", "")
    return {f"many/{number}.yaml": workload(f"w{number}", 1).replace(":1", f":{tag}") for number in range(count)} | {
        "many.yaml": rule
    }


def test_what_matters_comes_first() -> None:
    base = {**SHOP, **many(2, "1")}
    head = {
        **base,
        "web/deployment.yaml": workload("web", 6),
        "api/policy.yaml": policy_file("api", "Deployment", on("m1")),
        "many/0.yaml": workload("w0", 1).replace(":1", ":2"),
        "new.yaml": workload("new", 2),
    }
    del head["settings/config.yaml"]
    words = [line.split()[0] for line in lines(head, base) if not line.startswith(("@", "-", "+"))]
    assert words == sorted(words, key=["remove", "release", "move", "scale", "claim", "override", "change", "create"].index)
    assert set(words) >= {"remove", "move", "scale", "change", "create"}


def test_the_same_change_is_told_once() -> None:
    base, head = {**SHOP, **many(50, "1")}, {**SHOP, **many(50, "2")}
    assert lines(head, base) == [
        "change 50 Deployments (shop/w0, shop/w1, shop/w10 and 47 more) on all 3 clusters",
        "@@ spec.template.spec.containers[main] @@",
        "-image: <name>:1",
        "+image: <name>:2",
    ]


def test_what_differs_stands_below() -> None:
    base, head = {**SHOP, **many(4, "1")}, {**SHOP, **many(4, "2")}
    head["many/3.yaml"] = head["many/3.yaml"].replace("{name: main,", "{name: main, tty: true,")
    told = lines(head, base)
    assert told[0] == "change 4 Deployments (shop/w0, shop/w1, shop/w2 and 1 more) on all 3 clusters"
    assert told[4:] == [
        "change Deployment.apps shop/w3 on all 3 clusters",
        "@@ spec.template.spec.containers[main] @@",
        "+tty: true",
    ]


def test_a_copy_that_cannot_be_rendered_keeps_its_replicas() -> None:
    override = text("""
        apiVersion: policy.karmada.io/v1alpha1
        kind: OverridePolicy
        metadata: {name: fails, namespace: shop}
        spec:
          resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: w0}]
          overrideRules:
            - targetCluster: {clusterNames: [m3]}
              overriders: {plaintext: [{path: /metadata/nowhere/x, operator: remove}]}
    """)
    base = {**SHOP, **many(1, "1")}
    head = {**base, "many/0.yaml": workload("w0", 0), "override.yaml": override}
    assert lines(head, base) == ["scale Deployment.apps shop/w0: 3 → 1: m1 1 → 0, m2 1 → 0"]


def test_many_members_in_a_row_are_a_range() -> None:
    names = [f"m{number:02}" for number in range(1, 21)]
    assert named([*names[:18], "m20"], 20) == "m01..m18, m20"
    assert named(names, 20) == "all 20 clusters"
    assert named(names[:5], 20) == "m01, m02, m03, m04, m05"
    assert named(names[::2], 20) == "m01, m03, m05, m07, m09 and 5 more"
    assert named([f"{word}-cluster" for word in "abcdef"], 20).endswith(" and 1 more")


def test_an_object_that_disappears_and_one_that_stays_elsewhere() -> None:
    without = {path: content for path, content in SHOP.items() if path != "web/deployment.yaml"}
    assert lines(without) == ["remove Deployment.apps shop/web on m1, m2: no copy is left"]
    fewer = SHOP | {"settings/policy.yaml": policy_file("settings", "ConfigMap", on("m1"), api="v1")}
    assert "remove ConfigMap shop/settings on m2: it stays on m1" in lines(fewer)


def test_all_copies_count_where_some_are_scaled() -> None:
    divided = policy_file("web", "Deployment", f"{on('m1', 'm2')}, {DIVIDED}")
    base = SHOP | {"web/policy.yaml": divided, "web/deployment.yaml": workload("web", 6)}
    head = base | {"web/deployment.yaml": workload("web", 7)}
    (line,) = lines(head, base)
    assert re.fullmatch(r"scale Deployment\.apps shop/web: 6 → 7: m[12] 3 → 4", line)


def test_who_gets_and_loses_a_policy_and_an_override() -> None:
    other = policy_file("better", "Deployment", on("m1", "m2"), target="web", more=f"priority: 9\n{' ' * 10}preemption: Always")
    told = lines(SHOP | {"better.yaml": other})
    assert "claim Deployment.apps shop/web by PropagationPolicy shop/better, no longer by PropagationPolicy shop/web" in told
    elsewhere = OVERRIDE.replace("kind: ConfigMap, name: settings", "kind: ConfigMap, name: nothing")
    told = lines(SHOP | {path: elsewhere for path, content in SHOP.items() if content == OVERRIDE})
    assert "override ConfigMap shop/settings on m2 no longer by OverridePolicy shop/tier" in told


def test_a_changed_override_is_named_where_it_is_the_cause() -> None:
    (path,) = [path for path, content in SHOP.items() if content == OVERRIDE]
    (entry,) = entries(SHOP | {path: OVERRIDE.replace('value: "2"', 'value: "3"')})
    assert entry_heading(entry, 3) == f"change ConfigMap shop/settings on m2 ({path}:7)"


def test_values_of_secrets_are_compared_and_never_shown() -> None:
    secret = text("""
        apiVersion: v1
        kind: Secret
        metadata: {name: key, namespace: shop}
        stringData: {password: first, user: same}
    """)
    base = SHOP | {"secret.yaml": secret, "secret-policy.yaml": policy_file("key", "Secret", on("m1"), api="v1")}
    told = lines(base | {"secret.yaml": secret.replace("first", "second")}, base)
    assert told == ["change Secret shop/key on m1", "@@ stringData @@", "-password: '********'", "+password: '******** (2)'"]


def test_a_long_text_shows_the_lines_that_differ() -> None:
    content = "".join(f"    line {number}\n" for number in range(40))

    def config(changed: str) -> str:
        return config_file("settings").replace('data: {value: "1"}', f"data:\n  file: |\n{content.replace('line 7', changed)}")

    base = SHOP | {"settings/config.yaml": config("line 7")}
    told = lines(base | {"settings/config.yaml": config("line seven")}, base)
    assert told[1] == "@@ data @@"
    assert [line for line in told if line.startswith(("+", "-"))] == ["-  line 7", "+  line seven"]
    assert len(told) < 12
