"""The output of a program as objects, and as they are written."""

from __future__ import annotations

from base64 import b64encode

import pytest

from reconciler.expand.output import read_output
from reconciler.expand.rendered import Objects, ParentFacts, Scopes, children_of
from reconciler.interpreter.precedence import BUILT_IN
from reconciler.load.scope import Scope
from reconciler.model.expansion import Expansion, ExpansionKey
from reconciler.model.issues import error
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin

HEAD = "---\n# Source: app/templates/{0}.yaml\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {0}}}\n"
JOB = (
    'apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {0}, annotations: {{"helm.sh/hook": {1}}}}}\n'
    "spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: a, image: a}}]}}}}}}\n"
)


def output_of(text: str) -> Expansion:
    return Expansion(ExpansionKey("sha256:1"), text)


def children(text: str, scopes: Scopes | None = None, *, divided: bool = False) -> Objects:
    parent = ParentFacts("shop", Origin("app.yaml", 1), "Abort", "reconciler", divided)
    return children_of(read_output(output_of(text)), parent, scopes or {}, BUILT_IN, Memo())


def test_objects_have_the_file_that_helm_names() -> None:
    found = read_output(output_of(HEAD.format("a") + CONFIG.format("a") + HEAD.format("b") + CONFIG.format("b")))
    assert [(one.manifest["metadata"]["name"], one.file) for one in found.objects] == [
        ("a", "app/templates/a.yaml"),
        ("b", "app/templates/b.yaml"),
    ]


def test_lists_are_unfolded_and_empty_documents_are_nothing() -> None:
    text = "---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"
    assert [one.manifest["metadata"]["name"] for one in read_output(output_of(text)).objects] == ["a"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD.format("a") + "a: [\n", "app/templates/a.yaml"),
        (HEAD.format("a") + "a: b\n", "app/templates/a.yaml has a document without apiVersion or kind"),
        (HEAD.format("a") + CONFIG.format('""'), "app/templates/a.yaml has a ConfigMap without a name"),
        (2 * (HEAD.format("a") + CONFIG.format("a")), "has ConfigMap a twice"),
    ],
)
def test_what_cannot_be_read_names_the_file(text: str, says: str) -> None:
    failure = read_output(output_of(text)).failure
    assert failure is not None
    assert says in failure.message


@pytest.mark.parametrize("encrypted", ["ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]", f"ENC[sha256:{'0' * 32}]"])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc: "])
def test_what_sops_encrypted_is_not_taken_for_a_value(encrypted: str, before: str) -> None:
    """Also inside a text, and inside what is encoded by base64, wherever it begins there."""
    for value in (before + encrypted, b64encode(f"{before}{encrypted}z".encode()).decode()):
        text = HEAD.format("a") + f'apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\ndata: {{a: "{value}"}}\n'
        failure = read_output(output_of(text)).failure
        assert failure is not None, value
        assert "has a value that SOPS encrypted" in failure.message


def test_the_failure_of_the_program_is_that_of_its_output() -> None:
    issue = error("RenderFailed", "no", origin=Origin("charts/app/a.yaml", 3))
    assert read_output(Expansion(ExpansionKey("k"), issues=(issue,))).failure is issue


def test_a_namespaced_object_without_a_namespace_gets_that_of_the_parent_and_others_none() -> None:
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r, namespace: x}\nrules: []\n"
    own = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: other}\n"
    found = children(f"{CONFIG.format('a')}---\n{own}---\n{role}").children
    assert [str(one.key) for one in found] == ["ConfigMap other/b", "ConfigMap shop/a", "ClusterRole.rbac.authorization.k8s.io r"]
    assert all(one.rendered.manifest["metadata"]["labels"] == {"reconciler.dev/instance": "reconciler"} for one in found)
    assert all(one.rendered.origin == Origin("app.yaml", 1) for one in found)


def test_a_kind_that_nobody_knows_is_refused_unless_it_states_a_namespace() -> None:
    tea = "apiVersion: shop.example/v1\nkind: Tea\nmetadata: {name: green}\n"
    assert "nothing tells whether this kind has a namespace" in children(tea).refused[0][0]
    assert [str(one.key) for one in children(tea, {("shop.example", "Tea"): Scope.CLUSTER}).children] == [
        "Tea.shop.example green"
    ]
    assert children(tea.replace("green}", "green, namespace: x}")).refused == ()


@pytest.mark.parametrize(
    "kind",
    ["policy.karmada.io/v1alpha1 PropagationPolicy", "reconciler.dev/v1alpha1 Chart", "v1 Event", "coordination.k8s.io/v1 Lease"],
)
def test_what_would_steer_this_program_or_is_each_clusters_own_is_refused(kind: str) -> None:
    api, name = kind.split()
    found = children(f"apiVersion: {api}\nkind: {name}\nmetadata: {{name: a, namespace: b}}\n---\n{CONFIG.format('a')}")
    assert found.children == ()
    assert name in found.refused[0][0]


def test_a_gate_has_another_name_when_anything_else_changes() -> None:
    def name(text: str, *, divided: bool = False) -> str:
        (job,) = [one for one in children(text, divided=divided).children if one.key.kind == "Job"]
        assert job.rendered.template == job.key
        assert job.rendered.manifest["metadata"]["annotations"]["reconciler.dev/gate-of"] == "migrate"
        return job.rendered.key.name

    deployment = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1, selector: {matchLabels: {a: b}}, "
        "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}\n"
    )
    text = f"{JOB.format('migrate', 'pre-upgrade')}---\n{deployment}"
    assert name(text) == name(text)
    assert name(text) != name(text.replace("image: a}]}}}\n", "image: b}]}}}\n"))
    scaled = text.replace("replicas: 1", "replicas: 5")
    assert name(text) != name(scaled)
    assert name(text, divided=True) == name(scaled, divided=True)


def test_hooks_that_no_sync_runs_are_left_out() -> None:
    assert children(JOB.format("probe", "test") + "---\n" + JOB.format("bye", "post-delete")).children == ()
