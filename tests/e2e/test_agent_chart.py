"""The chart of the agent: what its values come to. `test_charts.py` has what holds for every chart."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from docs.chart_readme import values as documented_values
from reconciler import __version__
from reconciler.membership.account import RULES, impersonation_rules
from reconciler.model.tenant import ServiceAccount
from tests.parts.build import KUBERNETES_VERSION
from tests.support.charts import (
    READ_SECRETS,
    READ_VALUES,
    alerts_of_others,
    container_of,
    folders_read,
    get,
    pod_specs,
    with_common,
    without_marks,
)
from tests.support.helm import AGENT_CHART, CHART, NAMESPACE, VERSIONS, Helm, Values, the
from tests.support.program import PROJECT, run_here

DEFAULTS = yaml.safe_load((AGENT_CHART / "values.yaml").read_text())
PATHS = [one.path for one in documented_values(AGENT_CHART)]

URL = "https://git.example.com/config.git"
TENANTS = [
    {"namespace": "team-b", "name": "deployer"},
    {"namespace": "team-a", "name": "writer"},
    {"namespace": "team-a", "name": "deployer"},
    {"namespace": "team-b", "name": "deployer"},
]
IMPERSONATE = [option for one in TENANTS for option in ("--impersonate", f"{one['namespace']}/{one['name']}")]
MINIMAL: Values = {"clusterName": "edge-1", "git": {"url": URL}}
EVERYTHING = with_common(
    {
        "clusterName": "1e3",
        "nameOverride": "edge",
        "git": {"statusBranch": "blue/status"},
        "heartbeat": "1m",
        "rbac": {
            "kinds": [{"apiGroups": ["", "apps"], "resources": ["configmaps", "deployments"]}],
            "namespaces": ["shop", "0777"],
        },
        "networkPolicy": {"egressTo": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]},
        "affinity": {"nodeAffinity": {}},
        "extraArgs": ["--allow-prune=1e3"],
    }
)
ELSEWHERE: Values = {
    **MINIMAL,
    "global": {"imageRegistry": "mirror.example.com"},
    "fullnameOverride": "edge",
    "rbac": {"clusterRole": "edit-everything", "impersonate": TENANTS},
    "cache": {"sizeLimit": "5Gi", "persistence": {"enabled": False}},
    "networkPolicy": {"enabled": False},
}
"""What EVERYTHING excludes."""
UNMANAGED: Values = {**MINIMAL, "rbac": {"create": False}, "serviceAccount": {"create": False}}
CLAIMED: Values = {**MINIMAL, "cache": {"persistence": {"existingClaim": "mirror"}}}
SETS = {"minimal": MINIMAL, "everything": EVERYTHING, "elsewhere": ELSEWHERE, "unmanaged": UNMANAGED, "claimed": CLAIMED}


Template = Callable[[Values], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def template(helm3: Helm) -> Template:
    return lambda values: helm3.template(values, chart=AGENT_CHART)


def test_the_defaults(template: Template) -> None:
    objects = template(MINIMAL)
    kinds = ["ClusterRole", "ClusterRoleBinding", "Deployment", "NetworkPolicy", "PersistentVolumeClaim", "Pod", "Service"]
    assert [one["kind"] for one in objects] == [*kinds, "ServiceAccount"]
    assert the(objects, "ClusterRole")["rules"] == list(RULES)
    assert the(objects, "Deployment")["spec"]["strategy"] == {"type": "Recreate"}
    metadata = yaml.safe_load((AGENT_CHART / "Chart.yaml").read_text())
    assert metadata["version"] == metadata["appVersion"] == __version__


def test_fewer_kinds_and_namespaces_are_fewer_rights(template: Template) -> None:
    """None may be written outside the namespaces, and roles are handed out only with the rights of a leader's account."""
    objects = template(EVERYTHING)
    verbs = {verb for rule in the(objects, "ClusterRole")["rules"] if not rule.get("resourceNames") for verb in rule["verbs"]}
    assert verbs == {"get", "list", "watch"}
    roles = [one for one in objects if one["kind"] == "Role"]
    assert {one["metadata"]["namespace"] for one in roles} == {"shop", "0777"}
    assert [one["rules"][0] for one in roles] == [
        {"apiGroups": ["", "apps"], "resources": ["configmaps", "deployments"], "verbs": ["create", "patch", "delete"]}
    ] * 2
    kinds = template({**MINIMAL, "rbac": {"kinds": [{"apiGroups": ["apps"], "resources": ["deployments"]}]}})
    assert [one["kind"] for one in kinds if one["kind"] == "Role"] == []
    granted = [word for rule in the(kinds, "ClusterRole")["rules"] for word in (*rule.get("resources", []), *rule["verbs"])]
    assert {"*", "escalate", "bind", "attest"}.isdisjoint(granted)
    for narrow in (objects, kinds):
        assert {"apiGroups": [""], "resources": ["nodes", "pods"], "verbs": ["list"]} in the(narrow, "ClusterRole")["rules"]


def test_it_may_write_as_the_accounts_of_tenants(template: Template) -> None:
    objects = template(ELSEWHERE)
    roles = {one["metadata"]["namespace"]: one for one in objects if one["kind"] == "Role"}
    assert {place: one["rules"] for place, one in roles.items()} == impersonation_rules(ServiceAccount(**one) for one in TENANTS)
    bindings = [one for one in objects if one["kind"] == "RoleBinding"]
    assert {one["metadata"]["namespace"] for one in bindings} == roles.keys()
    assert [one["subjects"] for one in bindings] == [[{"kind": "ServiceAccount", "name": "edge", "namespace": NAMESPACE}]] * 2


def test_every_argument_is_an_option_of_agent(template: Template) -> None:
    known = set(re.findall(r"--[a-z-]+", run_here("agent", "--help").out))
    words = [word for values in SETS.values() for word in container_of(template(values))["args"]]
    assert {word.partition("=")[0] for word in words if word.startswith("-")} - known == set()


def test_secrets_are_mounted_as_folders_and_read_there(template: Template) -> None:
    for values in SETS.values():
        spec = next(pod_specs(template(values)))
        (container,) = spec["containers"]
        mounts = {one["mountPath"] for one in container["volumeMounts"] if one["mountPath"].startswith("/etc/reconciler/")}
        assert [one for one in container["volumeMounts"] if "subPath" in one] == []
        read = {word.rpartition("=")[2] for word in container["args"] if "/etc/reconciler/" in word}
        assert folders_read(read, mounts) == mounts


def test_values_that_both_charts_have_mean_the_same() -> None:
    leader = yaml.safe_load((CHART / "values.yaml").read_text())
    shared = [one.path for one in documented_values(CHART) if one.path in PATHS]
    assert len(shared) > 50
    differ = [path for path in shared if get(leader, path) != get(DEFAULTS, path)]
    assert differ == [
        "resources.requests.cpu",
        "resources.requests.memory",
        "resources.limits.memory",
        "cache.persistence.enabled",
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"git": {"url": URL}}, "no member: set clusterName"),
        ({"clusterName": "edge-1"}, "no repository: set git.url"),
        ({**MINIMAL, "replicaCount": 2}, "replicaCount"),
        ({**MINIMAL, "rbac": {"kinds": [{"resources": ["pods"]}]}}, "apiGroups"),
        ({**MINIMAL, "rbac": {"clusterRole": "view", "namespaces": ["shop"]}}, "leave out rbac.kinds and rbac.namespaces"),
        ({**MINIMAL, "git": {"url": "https://hush@git.example.com/c.git"}}, "git.url contains a credential"),
        ({**MINIMAL, "git": {"url": "ssh://git:hush@git.example.com/c.git"}}, "git.url contains a credential"),
    ],
)
def test_helm_refuses_a_mistake_with_words_that_help(
    helm: Callable[[str], Helm], version: str, values: Values, message: str
) -> None:
    where = ("--namespace", NAMESPACE, "--kube-version", KUBERNETES_VERSION)
    ran = helm(version).run("template", "edge", str(AGENT_CHART), *where, values=values)
    assert ran.returncode != 0
    assert message in ran.stderr
    assert "hush" not in ran.stderr


@pytest.mark.parametrize(
    ("options", "values"),
    [
        ([], {}),
        (["--git-secret", "key"], {"git": {"credentials": {"existingSecret": "key"}}}),
        (
            ["--image", "registry.example.com/reconciler:1.2.3", "--no-persistence"],
            {
                "image": {"registry": "registry.example.com", "tag": "1.2.3"},
                "cache": {"persistence": {"enabled": False}},
            },
        ),
        (IMPERSONATE, {"rbac": {"impersonate": TENANTS}}),
        (READ_SECRETS, READ_VALUES),
    ],
    ids=["defaults", "git", "image", "tenants", "sources"],
)
def test_register_prints_the_same_objects(helm3: Helm, options: list[str], values: Values) -> None:
    """But for two labels of Helm, its test hook, and the namespace, which `helm install --create-namespace` makes."""
    values = {**values, "clusterName": "edge-1", "git": {"url": URL, **values.get("git", {})}}
    rendered = helm3.template(values, namespace="fleet", chart=AGENT_CHART)
    ran = run_here("register", "edge-1", "--print", "--only-agent", "--namespace", "fleet", "--url", URL, *options)
    assert without_marks(yaml.safe_load_all(ran.out)) == without_marks(rendered)


# Pages


def test_the_readme_explains_every_alert() -> None:
    rules = yaml.safe_load((AGENT_CHART / "files/alerts.yaml").read_text())["groups"][0]["rules"]
    rows = re.findall(r"^\| `(ReconcilerAgent\w+)` \|", (AGENT_CHART / "README.md").read_text(), re.MULTILINE)
    assert rows == [rule["alert"] for rule in rules]


def test_alerts_see_the_release_of_their_own_only(template: Template) -> None:
    objects = template(EVERYTHING)
    assert alerts_of_others(objects, the(objects, "Service")["metadata"]["name"]) == []


def test_pages_name_values_that_exist() -> None:
    groups = tuple(f"{path.split('.')[0]}." for path in PATHS if "." in path)
    text = (PROJECT / "docs/how-to/pull-mode.md").read_text() + (AGENT_CHART / "README.md").read_text().split("## Values")[0]
    named = {name.partition("=")[0] for name in re.findall(r"`([A-Za-z.]+(?:=\w+)?)`", text) if name.startswith(groups)}
    assert len(named) > 3
    assert named - set(PATHS) == set()
