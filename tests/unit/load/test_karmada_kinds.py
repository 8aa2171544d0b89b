"""Every kind of Karmada's API groups that a repository may hold: read, a template, or a plain word about why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.load import unread_kinds
from reconciler.load.schemas import karmada
from reconciler.load.scope import kinds_in, scope_of
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from tests.support.in_memory_fleet import compile_files, load
from tests.support.shop import NAMESPACE, cluster_file
from tests.unit.load.documents import documents

READ, TEMPLATE, UNREAD = "read", "template", "unread"

KINDS: dict[tuple[str, str], str] = {
    ("policy.karmada.io/v1alpha1", "PropagationPolicy"): READ,
    ("policy.karmada.io/v1alpha1", "ClusterPropagationPolicy"): READ,
    ("policy.karmada.io/v1alpha1", "OverridePolicy"): READ,
    ("policy.karmada.io/v1alpha1", "ClusterOverridePolicy"): READ,
    ("policy.karmada.io/v1alpha1", "FederatedResourceQuota"): READ,
    ("policy.karmada.io/v1alpha1", "ClusterTaintPolicy"): READ,
    ("policy.karmada.io/v1alpha1", "ReplicaSchedulingPolicy"): UNREAD,
    ("cluster.karmada.io/v1alpha1", "Cluster"): READ,
    ("apps.karmada.io/v1alpha1", "WorkloadRebalancer"): READ,
    ("remedy.karmada.io/v1alpha1", "Remedy"): READ,
    ("config.karmada.io/v1alpha1", "ResourceInterpreterCustomization"): READ,
    ("config.karmada.io/v1alpha1", "ResourceInterpreterWebhookConfiguration"): UNREAD,
    ("config.karmada.io/v1alpha1", "KarmadaInitConfig"): UNREAD,
    ("multicluster.x-k8s.io/v1alpha1", "ServiceExport"): TEMPLATE,
    ("multicluster.x-k8s.io/v1alpha1", "ServiceImport"): TEMPLATE,
    ("networking.karmada.io/v1alpha1", "MultiClusterService"): READ,
    ("networking.karmada.io/v1alpha1", "MultiClusterIngress"): UNREAD,
    ("autoscaling.karmada.io/v1alpha1", "FederatedHPA"): READ,
    ("autoscaling.karmada.io/v1alpha1", "CronFederatedHPA"): READ,
    ("work.karmada.io/v1alpha1", "Work"): UNREAD,
    ("work.karmada.io/v1alpha1", "ResourceBinding"): UNREAD,
    ("work.karmada.io/v1alpha2", "ResourceBinding"): UNREAD,
    ("work.karmada.io/v1alpha1", "ClusterResourceBinding"): UNREAD,
    ("work.karmada.io/v1alpha2", "ClusterResourceBinding"): UNREAD,
    ("search.karmada.io/v1alpha1", "ResourceRegistry"): UNREAD,
    ("operator.karmada.io/v1alpha1", "Karmada"): UNREAD,
}
"""The kinds that Karmada serves or its tools read, each with what becomes of it."""

PAGE = Path(__file__).parents[3] / "docs" / "karmada.md"
WORK_KIND = ("work.karmada.io/v1alpha1", "Work")
_WEB = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}}
WORK_SPEC = {"workload": {"manifests": [_WEB]}}


INGRESS = {"spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}}


def one_of(api_version: str, kind: str, **fields: Any) -> str:
    metadata = {"name": "it", **({"namespace": "shop"} if scope_of(api_version.partition("/")[0], kind) == "Namespaced" else {})}
    required = INGRESS if kind == "MultiClusterIngress" else {}
    return yaml.safe_dump({"apiVersion": api_version, "kind": kind, "metadata": metadata} | required | fields)


def names() -> list[tuple[str, str]]:
    return [(f"{group}", kind) for group, kind in sorted({(api.partition("/")[0], kind) for api, kind in KINDS})]


def test_the_table_has_every_kind_of_these_groups() -> None:
    groups = {group for group, _ in names()}
    assert names() == sorted((group, kind) for group in groups for kind in kinds_in(group))
    known = {(gvk.group, gvk.kind) for gvk in karmada.known_kinds() if gvk.group in groups}
    assert known == {(api.partition("/")[0], kind) for (api, kind), what in KINDS.items() if what is READ}
    assert unread_kinds.UNREAD_KINDS.keys() == {
        (api.partition("/")[0], kind) for (api, kind), what in KINDS.items() if what is UNREAD
    }


@pytest.mark.parametrize(("api_version", "kind"), [name for name, what in KINDS.items() if what is UNREAD])
def test_a_kind_without_effect_is_one_warning_with_its_place_and_a_remedy(api_version: str, kind: str) -> None:
    files = {
        "clusters/m1.yaml": cluster_file("m1"),
        "namespace.yaml": NAMESPACE,
        "export.yaml": f"# exported\n---\n{one_of(api_version, kind)}",
    }
    compiled = compile_files(files)
    (issue,) = compiled.issues
    assert (str(issue.origin), issue.severity, issue.reason) == ("export.yaml:3", Severity.WARNING, "NotActedOn")
    assert issue.message.startswith(f"{kind} has no effect: ")
    assert not issue.message.endswith(".")
    assert issue.remedy.endswith(".")
    assert [str(key) for key in compiled.templates] == ["Namespace shop"]


@pytest.mark.parametrize(("api_version", "kind"), [name for name, what in KINDS.items() if what is READ])
def test_a_kind_that_is_read_is_not_called_without_effect(api_version: str, kind: str) -> None:
    samples = [one for one in documents("karmada.yaml") if (one["apiVersion"], one["kind"]) == (api_version, kind)]
    assert samples
    for sample in samples:
        desired = load({"sample.yaml": yaml.safe_dump(sample)})
        assert kind not in [template.key.kind for template in desired.templates]
        assert not any(issue.message.startswith(f"{kind} has no effect") for issue in desired.issues)
        assert not unread_kinds.is_unread(GroupVersionKind.parse(api_version, kind))


@pytest.mark.parametrize(("api_version", "kind"), [name for name, what in KINDS.items() if what is TEMPLATE])
def test_a_template_is_placed_as_any_other(api_version: str, kind: str) -> None:
    spec = {"spec": {"type": "ClusterSetIP", "ports": [{"port": 80}]}} if kind == "ServiceImport" else {}
    assert kind in [template.key.kind for template in load({"it.yaml": one_of(api_version, kind, **spec)}).templates]


def test_a_list_of_everything_has_one_warning_for_each() -> None:
    """As `kubectl get … -o yaml` writes it."""
    items = [yaml.safe_load(one_of(api, kind)) for (api, kind), what in KINDS.items() if what is UNREAD]
    desired = load({"all.yaml": yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items})})
    assert len([issue for issue in desired.issues if issue.reason == "NotActedOn"]) == len(items)
    assert len({issue.origin.line for issue in desired.issues}) == len(items)


DEPLOYMENT = {"kind": "Deployment", "namespace": "shop", "name": "web"}
BINDING = ("work.karmada.io/v1alpha2", "ResourceBinding")
OF_NO_NAMESPACE = ("work.karmada.io/v1alpha2", "ClusterResourceBinding")
MADE = {
    "work": (
        one_of(*WORK_KIND, spec=WORK_SPEC).replace("namespace: shop\nspec", "namespace: karmada-es-m1\nspec"),
        "commit Deployment shop/web as a template, with a policy that places it on m1.",
    ),
    "empty work": (one_of(*WORK_KIND), "commit its manifests as a template, with a policy that places it on the member."),
    "broken work": (one_of(*WORK_KIND, spec={"workload": {"manifests": [7, {}, {"kind": 3}]}}), "commit its manifests as"),
    "binding": (
        one_of(*BINDING, spec={"resource": DEPLOYMENT}),
        "commit Deployment shop/web and the policy that selects it",
    ),
    "cluster binding": (
        one_of(*OF_NO_NAMESPACE, spec={"resource": {"kind": "ClusterRole", "name": "reader"}}),
        "commit ClusterRole reader and the policy that selects it",
    ),
    "broken binding": (one_of(*BINDING, spec={"resource": 7}), "commit its template and the policy"),
}


@pytest.mark.parametrize(("text", "remedy"), MADE.values(), ids=list(MADE))
def test_what_controllers_made_names_what_to_commit_instead(text: str, remedy: str) -> None:
    (issue,) = load({"it.yaml": text}).issues
    assert remedy in issue.remedy


def test_the_page_for_users_of_karmada_has_a_row_for_each() -> None:
    _, _, section = PAGE.read_text().partition("## Every kind of Karmada")
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    found = {(group, kind): here for kind, group, here in rows[: len(names())]}
    assert sorted(found) == names()
    for (api, kind), what in KINDS.items():
        begins = {READ: "read: ", TEMPLATE: "a template", UNREAD: ("no effect", "made by Karmada")}[what]
        assert found[api.partition("/")[0], kind].startswith(begins), kind
