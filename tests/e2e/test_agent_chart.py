"""The chart of the agent, rendered by Helm 3 and Helm 4: as `test_chart.py`, and what differs from the chart of the leader."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
import yaml

from docs.chart_readme import values as documented_values
from reconciler import __version__
from reconciler.membership.account import RULES, impersonation_rules
from reconciler.model.tenant import ServiceAccount
from tests.parts.build import KUBERNETES_VERSION
from tests.support.charts import container_of, faults, get, mistakes, pod_specs, unrestricted, without_effect
from tests.support.helm import AGENT_CHART, CHART, NAMESPACE, VERSIONS, Helm, Values, the
from tests.support.program import PROJECT, run_here

SCHEMA = json.loads((AGENT_CHART / "values.schema.json").read_text())
DEFAULTS = yaml.safe_load((AGENT_CHART / "values.yaml").read_text())
PATHS = [one.path for one in documented_values(AGENT_CHART)]

URL = "https://git.example.com/config.git"
TENANTS = [{"namespace": "team-b", "name": "deployer"}, {"namespace": "team-a", "name": "deployer"}]
MINIMAL: Values = {"clusterName": "edge-1", "git": {"url": URL}}
EVERYTHING: Values = {
    "clusterName": "1e3",
    "image": {
        "registry": "registry.example.com",
        "repository": "platform/reconciler",
        "tag": "1.2.3",
        "digest": f"sha256:{'0' * 64}",
        "pullPolicy": "Always",
    },
    "imagePullSecrets": [{"name": "registry"}],
    "nameOverride": "edge",
    "commonLabels": {"team": "platform"},
    "replicaCount": 0,
    "git": {
        "url": "ssh://git@git.example.com/config.git",
        "statusBranch": "blue/status",
        "credentials": {"existingSecret": "no"},
        "verifyKeys": {"configMap": "1e3", "existingSecret": "y"},
        "blobless": True,
    },
    "interval": "10s",
    "heartbeat": "1m",
    "rbac": {
        "kinds": [{"apiGroups": ["", "apps"], "resources": ["configmaps", "deployments"]}],
        "namespaces": ["shop", "0777"],
    },
    "serviceAccount": {"name": "gitops", "annotations": {"example.com/role": "gitops"}},
    "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
    "cache": {"persistence": {"storageClass": "fast", "accessModes": ["ReadWriteOncePod"], "size": "10Gi"}},
    "terminationGracePeriodSeconds": 90,
    "startupProbe": {"periodSeconds": 6, "failureThreshold": 200},
    "livenessProbe": {"periodSeconds": 21, "failureThreshold": 4},
    "readinessProbe": {"periodSeconds": 11, "failureThreshold": 5},
    "service": {"type": "NodePort", "port": 80, "annotations": {"example.com/scrape": "yes"}},
    "networkPolicy": {
        "ingressFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
        "egressPorts": [22, 8443],
        "egressTo": [{"ipBlock": {"cidr": "192.0.2.0/24"}}],
        "extraEgress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
    },
    "metrics": {
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}, "interval": "30s"},
        "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
    },
    "podLabels": {"cost": "platform"},
    "podAnnotations": {"example.com/log": "json"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "platform", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "priorityClassName": "system-cluster-critical",
    "extraArgs": ["--allow-prune=1e3"],
    "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
    "extraVolumes": [{"name": "ca", "configMap": {"name": "ca"}}],
    "extraVolumeMounts": [{"name": "ca", "mountPath": "/etc/ca", "readOnly": True}],
}
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


@pytest.fixture(scope="module")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Helm]:
    home = tmp_path_factory.mktemp("helm")
    return lambda version: Helm.of(version, home / version)


Template = Callable[[Values], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def template(helm: Callable[[str], Helm]) -> Template:
    return lambda values: helm("helm3").template(values, chart=AGENT_CHART)


@pytest.mark.parametrize("version", VERSIONS)
def test_it_passes_the_strict_lint(helm: Callable[[str], Helm], version: str) -> None:
    for values in SETS.values():
        assert "0 chart(s) failed" in helm(version).done("lint", "--strict", str(AGENT_CHART), values=values)


@pytest.mark.parametrize("values", SETS.values(), ids=SETS)
def test_both_versions_render_the_same_valid_objects(helm: Callable[[str], Helm], template: Template, values: Values) -> None:
    objects = template(values)
    assert objects == helm("helm4").template(values, chart=AGENT_CHART)
    assert faults(objects) == []
    assert unrestricted(objects) == []


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


def test_it_may_write_as_the_accounts_of_tenants(template: Template) -> None:
    objects = template(ELSEWHERE)
    role = the(objects, "ClusterRole")
    assert role["rules"] == impersonation_rules([ServiceAccount(**one) for one in TENANTS])
    (binding,) = [one for one in objects if one.get("roleRef", {}).get("name") == role["metadata"]["name"]]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "edge", "namespace": NAMESPACE}]


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
        assert {word.rpartition("=")[2] for word in container["args"] if "/etc/reconciler/" in word} == mounts


def test_every_value_is_documented_and_set_in_a_test() -> None:
    assert [one.path for one in documented_values(AGENT_CHART) if not one.meaning] == []
    assert [path for path in PATHS if all(get(values, path) in (None, get(DEFAULTS, path)) for values in SETS.values())] == []


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


def test_no_value_is_without_effect(helm: Callable[[str], Helm]) -> None:
    assert without_effect(helm("helm3"), AGENT_CHART, SETS) == []


def test_the_schema_refuses_what_is_unknown_and_what_has_a_wrong_type() -> None:
    schema = jsonschema.Draft7Validator(SCHEMA)
    assert [values for values in (DEFAULTS, *SETS.values()) if not schema.is_valid(values)] == []
    assert [values for values in mistakes(PATHS) if schema.is_valid(values)] == []


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
    ],
    ids=["defaults", "git", "image"],
)
def test_register_prints_the_same_objects(helm: Callable[[str], Helm], options: list[str], values: Values) -> None:
    """But for two labels of Helm, its test hook, and the namespace, which `helm install --create-namespace` makes."""
    values = {**values, "clusterName": "edge-1", "git": {"url": URL, **values.get("git", {})}}
    objects = helm("helm3").template(values, namespace="fleet", chart=AGENT_CHART)
    rendered = [one for one in objects if one["kind"] != "Pod"]
    ran = run_here("register", "edge-1", "--print", "--only-agent", "--namespace", "fleet", "--url", URL, *options)
    printed = [one for one in yaml.safe_load_all(ran.out) if one["kind"] != "Namespace"]
    for one in (*rendered, *printed):
        labels = one["metadata"]["labels"]
        assert labels.pop("app.kubernetes.io/managed-by") == ("Helm" if "helm.sh/chart" in labels else "reconciler")
        labels.pop("helm.sh/chart", None)
    assert sorted(printed, key=lambda one: (one["kind"], one["metadata"]["name"])) == rendered


# Pages


def test_the_readme_explains_every_alert() -> None:
    rules = yaml.safe_load((AGENT_CHART / "files/alerts.yaml").read_text())["groups"][0]["rules"]
    rows = re.findall(r"^\| `(ReconcilerAgent\w+)` \|", (AGENT_CHART / "README.md").read_text(), re.MULTILINE)
    assert rows == [rule["alert"] for rule in rules]


def test_alerts_see_the_release_of_their_own_only(template: Template) -> None:
    objects = template(EVERYTHING)
    service = the(objects, "Service")["metadata"]["name"]
    for rule in the(objects, "PrometheusRule")["spec"]["groups"][0]["rules"]:
        metrics = re.findall(r"reconciler_\w+(\{[^}]*\})?", rule["expr"])
        assert metrics
        assert [one for one in metrics if f'namespace="{NAMESPACE}",job="{service}"' not in one] == []


def test_pages_name_values_that_exist() -> None:
    groups = tuple(f"{path.split('.')[0]}." for path in PATHS if "." in path)
    text = (PROJECT / "docs/how-to/pull-mode.md").read_text() + (AGENT_CHART / "README.md").read_text().split("## Values")[0]
    named = {name.partition("=")[0] for name in re.findall(r"`([A-Za-z.]+(?:=\w+)?)`", text) if name.startswith(groups)}
    assert len(named) > 3
    assert named - set(PATHS) == set()
