"""What holds for whatever is rendered."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.parse import parse_override_policy
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import gvk_of, key_of
from reconciler.model.memo import Memo
from reconciler.model.origin import NOWHERE
from reconciler.model.overrides import OverridePolicy
from reconciler.model.ownership import marked
from reconciler.render.override import OverrideError
from reconciler.render.render_template import RenderContext, Rendering, render_template
from tests.support.overriding import apply_overrides

CLUSTERS = tuple(Cluster(ClusterName(f"m{n}"), labels={"env": "dev" if n % 2 else "prod"}) for n in range(6))

keys = st.sampled_from(["a", "b", "x/y"])
values = st.sampled_from(["1", "2", ""])
operators = st.sampled_from(["add", "replace", "remove"])
labels = st.dictionaries(keys, values, max_size=2)
targets = st.sampled_from(
    [None, {}, {"clusterNames": ["m1", "m2"]}, {"exclude": ["m0"]}, {"labelSelector": {"matchLabels": {"env": "prod"}}}]
)
label_items = st.fixed_dictionaries({"operator": operators, "value": labels})
plaintext_items = st.fixed_dictionaries(
    {
        "operator": operators,
        "path": st.sampled_from(["/spec/replicas", "/spec/list/-", "/spec/list/0", "/metadata/labels/a", "/status", "/nope"]),
        "value": st.sampled_from([1, None, "x", {"k": []}]),
    }
)
overriders = st.fixed_dictionaries(
    {},
    optional={
        "imageOverrider": st.just([{"component": "Tag", "operator": "add", "value": "-x"}]),
        "argsOverrider": st.just([{"containerName": "app", "operator": "add", "value": ["-v"]}]),
        "labelsOverrider": st.lists(label_items, min_size=1, max_size=2),
        "plaintext": st.lists(plaintext_items, min_size=1, max_size=2),
    },
)
selectors = st.sampled_from(
    [
        [],
        [{"apiVersion": "apps/v1", "kind": "Deployment"}],
        [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}],
        [{"apiVersion": "apps/v1", "kind": "Deployment", "labelSelector": {"matchLabels": {"a": "1"}}}],
    ]
)


def parsed(entries: list[tuple[str, list[Any], list[Any]]]) -> list[OverridePolicy]:
    return [
        parse_override_policy(
            {
                "kind": kind,
                "metadata": {"name": f"p{index}", "namespace": "prod"},
                "spec": {
                    "resourceSelectors": chosen,
                    "overrideRules": [{"targetCluster": target, "overriders": acts} for target, acts in rules],
                },
            }
        )
        for index, (kind, chosen, rules) in enumerate(entries)
    ]


policies = st.lists(
    st.tuples(
        st.sampled_from(["OverridePolicy", "ClusterOverridePolicy"]),
        selectors,
        st.lists(st.tuples(targets, overriders), min_size=1, max_size=2),
    ),
    max_size=4,
).map(parsed)
manifests = st.builds(
    lambda own, count: {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "prod", "labels": own},
        "spec": {
            "replicas": count,
            "list": [1],
            "template": {"spec": {"containers": [{"name": "app", "image": "nginx:1"}]}},
        },
    },
    labels,
    st.integers(0, 3),
)
shares = st.dictionaries(st.sampled_from(CLUSTERS).map(lambda cluster: cluster.name), st.integers(0, 2))


def rendered(manifest: dict[str, Any], replicas: dict[ClusterName, int], policies: list[OverridePolicy]) -> Rendering:
    template = ResourceTemplate(key_of(manifest), gvk_of(manifest), manifest, NOWHERE)
    decided = tuple(TargetCluster(name, count) for name, count in sorted(replicas.items()))
    binding = Binding(template.key, None, decided, replicas=1, workload=True)
    return render_template(template, binding, "", RenderContext(CLUSTERS, tuple(policies), "fleet", Memo()))


@given(manifests, shares, policies, st.randoms(use_true_random=False))
def test_rendering_is_a_function_of_its_input_not_of_the_order_of_policies(
    manifest: dict[str, Any], replicas: dict[ClusterName, int], policies: list[OverridePolicy], random: Any
) -> None:
    before = copy.deepcopy((manifest, policies))
    first = rendered(manifest, replicas, policies)
    shuffled = random.sample(policies, len(policies))
    assert rendered(manifest, replicas, policies) == first == rendered(manifest, replicas, shuffled)
    assert (manifest, policies) == before


@given(manifests, shares, policies)
def test_sharing_gives_what_each_cluster_would_get_alone(
    manifest: dict[str, Any], replicas: dict[ClusterName, int], policies: list[OverridePolicy]
) -> None:
    rendering = rendered(manifest, replicas, policies)
    assert rendering.manifests.keys() | rendering.failed.keys() == replicas.keys()
    for cluster in CLUSTERS:
        if cluster.name in replicas:
            revised = {**manifest, "spec": {**manifest["spec"], "replicas": replicas[cluster.name]}}
            try:
                alone = apply_overrides(revised, cluster, policies)
            except OverrideError:
                assert cluster.name in rendering.failed
                continue
            shared = rendering.manifests[cluster.name]
            without_status = {name: value for name, value in alone.manifest.items() if name != "status"}
            assert shared.manifest == marked(without_status, shared.key, shared.digest, "fleet")
            assert shared.overrides == alone.applied


@given(manifests, shares, policies)
def test_clusters_that_are_given_the_same_share_one_object(
    manifest: dict[str, Any], replicas: dict[ClusterName, int], policies: list[OverridePolicy]
) -> None:
    distinct = {
        (replicas[name], json.dumps([[str(rule.policy), rule.rule] for rule in one.overrides])): id(one)
        for name, one in rendered(manifest, replicas, policies).manifests.items()
    }
    objects = {id(one) for one in rendered(manifest, replicas, policies).manifests.values()}
    assert len(distinct) == len(objects)
