"""The chart of the leader: what its values come to. `test_charts.py` has what holds for every chart."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
import yaml

from docs.chart_readme import values as documented_values
from reconciler import __version__
from reconciler.membership.account import RULES, impersonation_rules
from reconciler.model.tenant import ServiceAccount
from tests.support.charts import (
    READ_SECRETS,
    READ_VALUES,
    alerts_of_others,
    changed,
    container_of,
    folders_read,
    pod_specs,
    with_common,
    without_marks,
)
from tests.support.helm import CHART, NAMESPACE, RELEASE, VERSIONS, Helm, Values, the
from tests.support.program import PROJECT, run_here

URL = "https://git.example.com/config.git"
TENANTS = [
    {"namespace": "team-b", "name": "deployer"},
    {"namespace": "team-a", "name": "writer"},
    {"namespace": "team-a", "name": "deployer"},
    {"namespace": "team-b", "name": "deployer"},
]
IMPERSONATE = [option for one in TENANTS for option in ("--impersonate", f"{one['namespace']}/{one['name']}")]
MINIMAL: Values = {"git": {"url": URL}}
EVERYTHING = with_common(
    {
        "nameOverride": "gitops",
        "git": {
            "revision": "semver:>=1.2 <2",
            "signingKey": {"existingSecret": "0777"},
            "author": "Reconciler <reconciler@example.com>",
        },
        "webhook": {
            "existingSecret": "off",
            "proxies": 2,
            "service": {"type": "LoadBalancer", "port": 8443, "annotations": {"example.com/internal": "yes"}},
            "ingress": {
                "enabled": True,
                "className": "1",
                "annotations": {"example.com/waf": "yes"},
                "host": "hooks.example.com",
                "tlsSecret": "true",
            },
        },
        "dashboard": {
            "enabled": True,
            "existingSecret": "no",
            "service": {"type": "NodePort", "port": 8090, "annotations": {"example.com/internal": "yes"}},
            "ingress": {
                "enabled": True,
                "className": "2",
                "annotations": {"example.com/waf": "no"},
                "host": "fleet.example.com",
                "tlsSecret": "null",
            },
        },
        "forge": {
            "kind": "gitlab",
            "api": "https://git.example.com/api/v4",
            "existingSecret": "on",
            "statusContext": "blue: fleet",
        },
        "notifications": [{"form": "slack", "existingSecret": "n"}, {"form": "webhook", "existingSecret": "signed"}],
        "tracing": {"endpoint": "http://otel-collector.monitoring:4318"},
        "members": {"namespace": "members", "secretNames": ["m1", "m2"]},
        "hostMember": {"name": "host"},
        "inventory": {"clusterProfileNamespaces": ["fleet", "hub"], "clusterApiNamespaces": ["fleet"]},
        "cache": {"persistence": {"enabled": True}},
        "networkPolicy": {
            "webhookFrom": [{"ipBlock": {"cidr": "192.0.2.0/24"}}],
            "dashboardFrom": [{"ipBlock": {"cidr": "198.51.100.0/24"}}],
        },
        "metrics": {"dashboard": {"enabled": True, "labels": {"dashboards": "yes"}}},
        "affinity": {"nodeAffinity": {}},
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
        "extraArgs": ["--allow-prune=m1"],
    }
)
ELSEWHERE: Values = {
    "global": {"imageRegistry": "mirror.example.com"},
    "fullnameOverride": "fleet",
    "git": {"url": URL, "signingKey": {"existingSecret": "robot"}},
    "webhook": {"existingSecret": "hooks"},
    "hostMember": {"name": "host", "clusterRole": "edit-everything", "impersonate": TENANTS},
    "cache": {"sizeLimit": "5Gi", "persistence": {"existingClaim": "mirror"}},
    "networkPolicy": {"enabled": False},
    "seccompProfile": {"localhostProfile": "profiles/rendering.json"},
}
"""What EVERYTHING excludes."""
UNMANAGED: Values = {**ELSEWHERE, "rbac": {"create": False}, "serviceAccount": {"create": False}}
SEVERAL: Values = {**MINIMAL, "replicaCount": 3, "leaderElection": {"leaseDuration": "15s"}}
SCALED: Values = {**MINIMAL, "leaderElection": {"enabled": True}}
SHARDED: Values = {**MINIMAL, "replicaCount": 3, "sharding": {"enabled": True, "statusBranch": "fleet/status"}}
CLAIMED: Values = {**MINIMAL, "cache": {"persistence": {"enabled": True, "existingClaim": "mirror"}}}

SETS = {"minimal": MINIMAL, "everything": EVERYTHING, "elsewhere": ELSEWHERE, "unmanaged": UNMANAGED, "claimed": CLAIMED}
SETS |= {"several": SEVERAL, "scaled": SCALED, "sharded": SHARDED}


def test_the_defaults(helm3: Helm) -> None:
    objects = helm3.template(MINIMAL)
    kinds = ["Deployment", "NetworkPolicy", "Pod", "Role", "RoleBinding", "Service", "ServiceAccount"]
    assert [one["kind"] for one in objects] == kinds
    assert the(objects, "Role")["rules"] == [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
    assert the(objects, "Deployment")["spec"]["strategy"] == {"type": "Recreate"}
    metadata = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert metadata["version"] == metadata["appVersion"] == __version__


def test_a_host_member_gives_the_rights_of_join(helm3: Helm) -> None:
    objects = helm3.template({**MINIMAL, "hostMember": {"name": "host"}})
    assert the(objects, "ClusterRole")["rules"] == list(RULES)
    assert "--host-member=host" in next(pod_specs(objects))["containers"][0]["args"]
    kinds = [one["kind"] for one in helm3.template({**MINIMAL, "hostMember": {"name": "host", "clusterRole": "mine"}})]
    assert ("ClusterRole" in kinds, "ClusterRoleBinding" in kinds) == (False, True)


def test_it_may_read_the_objects_of_an_inventory_in_their_namespaces(helm3: Helm) -> None:
    objects = helm3.template(EVERYTHING)
    found = [one for one in objects if one["metadata"]["name"].endswith("-inventory")]
    roles = {one["metadata"]["namespace"]: one["rules"] for one in found if one["kind"] == "Role"}
    profiles = {"apiGroups": ["multicluster.x-k8s.io"], "resources": ["clusterprofiles"], "verbs": ["get", "list"]}
    clusters = {"apiGroups": ["cluster.x-k8s.io"], "resources": ["clusters"], "verbs": ["list"]}
    secrets = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    assert roles == {"fleet": [profiles, clusters, secrets], "hub": [profiles]}
    assert {one["metadata"]["namespace"] for one in found if one["kind"] == "RoleBinding"} == roles.keys()
    assert "-inventory" not in str(helm3.template(UNMANAGED))


def test_it_may_write_as_the_accounts_of_tenants(helm3: Helm) -> None:
    objects = helm3.template(ELSEWHERE)
    roles = {one["metadata"]["namespace"]: one for one in objects if one["kind"] == "Role" and "impersonate" in str(one)}
    assert {place: one["rules"] for place, one in roles.items()} == impersonation_rules(ServiceAccount(**one) for one in TENANTS)
    assert "impersonate" not in str([one for one in objects if one["kind"] == "ClusterRole"])
    bindings = [one for one in objects if one["kind"] == "RoleBinding" and one["roleRef"]["name"].endswith(":impersonate")]
    assert {one["metadata"]["namespace"] for one in bindings} == roles.keys()
    assert all(one["subjects"] == the(objects, "ClusterRoleBinding")["subjects"] for one in bindings)


def test_of_several_pods_one_leads_on_another_node_and_one_at_a_time_is_drained(helm3: Helm) -> None:
    objects = helm3.template(SEVERAL)
    lease = f"{NAMESPACE}/{RELEASE}"
    assert {"--leader-elect=lease", f"--lease-name={lease}", "--lease-duration=15s"} <= set(container_of(objects)["args"])
    deployment = the(objects, "Deployment")["spec"]
    assert (deployment["replicas"], deployment["strategy"]["type"]) == (3, "RollingUpdate")
    (spread,) = deployment["template"]["spec"]["topologySpreadConstraints"]
    assert (spread["topologyKey"], spread["labelSelector"]) == ("kubernetes.io/hostname", deployment["selector"])
    budget = the(objects, "PodDisruptionBudget")["spec"]
    assert budget == {"maxUnavailable": 1, "selector": deployment["selector"]}
    (role,) = [one for one in objects if one["kind"] == "Role" and one["metadata"]["name"].endswith("-leader-election")]
    leases = {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"]}
    assert role["rules"] == [
        {**leases, "verbs": ["create"]},
        {**leases, "resourceNames": [RELEASE], "verbs": ["get", "patch"]},
    ]
    alone = helm3.template(SCALED)
    assert {one["kind"] for one in objects} - {one["kind"] for one in alone} == {"PodDisruptionBudget"}
    assert "topologySpreadConstraints" not in next(pod_specs(alone))


def test_every_argument_is_an_option_of_run(helm3: Helm) -> None:
    known = set(re.findall(r"--[a-z-]+", run_here("run", "--help").out))
    words = [word for values in SETS.values() for word in container_of(helm3.template(values))["args"]]
    assert {word.partition("=")[0] for word in words if word.startswith("-")} - known == set()
    assert [word for word in words if word.startswith("--notify=")] == [
        "--notify=slack=/etc/reconciler/notify/0/url",
        "--notify=webhook=/etc/reconciler/notify/1/url",
    ]


def test_secrets_are_mounted_as_folders_and_read_there(helm3: Helm) -> None:
    """A file that is mounted by `subPath` would not change with its Secret."""
    for values in SETS.values():
        spec = next(pod_specs(helm3.template(values)))
        (container,) = spec["containers"]
        volumes = {one["name"]: one for one in spec["volumes"]}
        mounts = {one["mountPath"]: one for one in container["volumeMounts"] if one["mountPath"].startswith("/etc/reconciler/")}
        assert [one for one in mounts.values() if "subPath" in one or not one["readOnly"]] == []
        sources = [volumes[one["name"]].get("secret") or volumes[one["name"]]["projected"] for one in mounts.values()]
        assert [one for one in sources if one["defaultMode"] != 0o400] == []
        read = {word.rpartition("=")[2] for word in container["args"] if "/etc/reconciler/" in word}
        assert folders_read(read, set(mounts)) == set(mounts)


def test_a_webhook_passes_the_ingress_to_the_port_of_its_own(helm3: Helm) -> None:
    objects = helm3.template(EVERYTHING)
    (service,) = [one for one in objects if one["kind"] == "Service" and one["metadata"]["name"].endswith("-webhook")]
    assert service["spec"]["selector"] == the(objects, "Deployment")["spec"]["selector"]["matchLabels"]
    (ingress,) = [one for one in objects if one["kind"] == "Ingress" and one["metadata"]["name"].endswith("-webhook")]
    (rule,) = ingress["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/webhook", "Exact")
    assert path["backend"]["service"]["name"] == service["metadata"]["name"]
    (port,) = service["spec"]["ports"]
    assert path["backend"]["service"]["port"]["name"] == port["name"]
    (own,) = [one for one in container_of(objects)["ports"] if one["name"] == port["targetPort"]]
    assert f"--webhook-listen=0.0.0.0:{own['containerPort']}" in container_of(objects)["args"]
    opened = [one["port"] for rule in the(objects, "NetworkPolicy")["spec"]["ingress"] for one in rule["ports"]]
    assert opened == ["http", own["name"], "dashboard"]
    ingress = changed(ELSEWHERE, "webhook.ingress.enabled", True)
    proxies = {1: changed(ingress, "networkPolicy", None), 0: ELSEWHERE, 2: EVERYTHING}
    for number, values in proxies.items():
        assert f"--webhook-proxies={number}" in container_of(helm3.template(values))["args"]


def test_pages_pass_the_ingress_to_the_port_of_their_own(helm3: Helm) -> None:
    objects = helm3.template(EVERYTHING)
    ingress, service = (one for one in objects if one["metadata"]["name"].endswith("-pages"))
    assert service["spec"]["selector"] == the(objects, "Deployment")["spec"]["selector"]["matchLabels"]
    (rule,) = ingress["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert (rule["host"], path["path"], path["pathType"]) == ("fleet.example.com", "/", "Prefix")
    assert path["backend"]["service"] == {"name": service["metadata"]["name"], "port": {"name": "dashboard"}}
    (port,) = service["spec"]["ports"]
    (own,) = [one for one in container_of(objects)["ports"] if one["name"] == port["targetPort"]]
    assert f"--dashboard=0.0.0.0:{own['containerPort']}" in container_of(objects)["args"]
    assert not [word for word in container_of(helm3.template(MINIMAL))["args"] if "dashboard" in word]


def opened_for_traces(helm3: Helm, endpoint: str) -> int:
    objects = helm3.template({**MINIMAL, "tracing": {"endpoint": endpoint}})
    assert {"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": endpoint} in container_of(objects)["env"]
    ports = [[one["port"] for one in rule["ports"]] for rule in the(objects, "NetworkPolicy")["spec"]["egress"]]
    assert ports[:-1] == [[53, 53], [22, 443, 6443]]
    (port,) = ports[-1]
    return int(port)


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [
        ("http://otel-collector.monitoring:4318", 4318),
        ("http://collector", 80),
        ("https://otlp.example.com/tenant", 443),
        ("https://[2001:db8::1]:8443/", 8443),
        ("http://[2001:db8::4318]", 80),
    ],
)
def test_traces_go_to_the_collector_and_its_port_is_open(helm3: Helm, endpoint: str, port: int) -> None:
    assert opened_for_traces(helm3, endpoint) == port


# Values


WHERE = ("--namespace", NAMESPACE, "--kube-version", "1.36.0")
PATHS = [one.path for one in documented_values(CHART)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"git": {"url": "https://git.example.com/c.git", "branc": "main"}}, "branc"),
        ({**MINIMAL, "replicaCount": -1}, "replicaCount"),
        ({}, "no repository: set git.url"),
        ({"git": {"url": URL, "verifyKeys": {"configMap": "keys"}}}, "set git.signingKey.existingSecret"),
        ({**MINIMAL, "webhook": {"ingress": {"enabled": True}}}, "webhook.ingress needs webhook.existingSecret"),
        ({**MINIMAL, "dashboard": {"enabled": True}}, "dashboard.enabled needs dashboard.existingSecret"),
        ({**MINIMAL, "dashboard": {"existingSecret": "pages"}}, "only with dashboard.enabled"),
        ({**MINIMAL, "forge": {"kind": "github"}}, "forge.kind and forge.existingSecret"),
        ({**MINIMAL, "forge": {"existingSecret": "token"}}, "forge.kind and forge.existingSecret"),
        ({**MINIMAL, "notifications": [{"form": "slack"}]}, "existingSecret"),
        ({**MINIMAL, "tracing": {"endpoint": "collector:4317"}}, "tracing"),
        ({**MINIMAL, "tracing": {"endpoint": "https://user:password@collector"}}, "tracing"),
        ({**MINIMAL, "replicaCount": 2, "cache": {"persistence": {"enabled": True}}}, "each needs a mirror of its own"),
        ({**MINIMAL, "sources": {"credentials": [{"name": "a"}]}}, "existingSecret"),
        ({**MINIMAL, "sources": {"credentials": [{"name": "a", "existingSecret": "b"}] * 2}}, "names a twice"),
        ({**MINIMAL, "sources": {"credentials": [{"name": "../a", "existingSecret": "b"}]}}, "name"),
        ({**MINIMAL, "sharding": {"statusBranch": "fleet/status"}}, "only with sharding.enabled"),
        ({**SCALED, "cache": {"persistence": {"enabled": True}}}, "each needs a mirror of its own"),
        ({"git": {"url": "https://user:hush@git.example.com/c.git"}}, "git.url contains a credential"),
        ({"git": {"url": "https://hush@git.example.com/c.git"}}, "git.url contains a credential"),
        ({"git": {"url": "ssh://git:hush@git.example.com/c.git"}}, "git.url contains a credential"),
    ],
)
def test_helm_refuses_a_mistake_with_words_that_help(
    helm: Callable[[str], Helm], version: str, values: Values, message: str
) -> None:
    ran = helm(version).run("template", RELEASE, str(CHART), *WHERE, values=values)
    assert ran.returncode != 0
    assert message in ran.stderr
    assert "hush" not in ran.stderr


def test_a_release_of_another_name_has_objects_of_its_own(helm3: Helm) -> None:
    here = helm3.template(MINIMAL)
    words = ("template", "second", str(CHART), "--namespace", NAMESPACE, "--kube-version", "1.36.0")
    there = list(yaml.safe_load_all(helm3.done(*words, values=MINIMAL)))
    assert {one["metadata"]["name"] for one in here}.isdisjoint(one["metadata"]["name"] for one in there)
    assert the(here, "Service")["spec"]["selector"] != the(there, "Service")["spec"]["selector"]


@pytest.mark.parametrize(
    ("options", "values"),
    [
        ([], {}),
        (
            ["--git-secret", "key", "--revision", "semver:>=1.2 <2"],
            {"git": {"credentials": {"existingSecret": "key"}, "revision": "semver:>=1.2 <2"}},
        ),
        (
            ["--host-member", "host", "--image", "registry.example.com/reconciler:1.2.3"],
            {
                "hostMember": {"name": "host"},
                "image": {"registry": "registry.example.com", "tag": "1.2.3"},
            },
        ),
        (["--host-member", "host", *IMPERSONATE], {"hostMember": {"name": "host", "impersonate": TENANTS}}),
        (["--git-secret", "key", *READ_SECRETS], {"git": {"credentials": {"existingSecret": "key"}}, **READ_VALUES}),
        (["--dashboard-secret", "pages"], {"dashboard": {"enabled": True, "existingSecret": "pages"}}),
    ],
    ids=["defaults", "git", "host-member", "tenants", "sources", "dashboard"],
)
def test_install_prints_the_same_objects(helm3: Helm, options: list[str], values: Values) -> None:
    """But for two labels of Helm, its test hook, and the namespace, which `helm install --create-namespace` makes."""
    values = {**values, "git": {"url": URL, **values.get("git", {})}}
    ran = run_here("install", "--print", "--namespace", "fleet", "--repo", URL, *options)
    assert without_marks(yaml.safe_load_all(ran.out)) == without_marks(helm3.template(values, namespace="fleet"))


# Pages

HOW_TO = ("high-availability", "webhooks", "git-credentials", "commit-statuses", "notifications")


def test_pages_name_values_that_exist() -> None:
    groups = tuple(f"{path.split('.')[0]}." for path in PATHS if "." in path)
    pages = [PROJECT / page for page in ("docs/how-to/in-cluster.md", "docs/operations.md")]
    pages += [PROJECT / f"docs/how-to/{name}.md" for name in HOW_TO]
    named = {name for page in pages for name in re.findall(r"`([A-Za-z.]+)`", page.read_text()) if name.startswith(groups)}
    assert len(named) > 5
    assert named - set(PATHS) == set()


def test_the_page_of_operations_explains_every_alert() -> None:
    rules = yaml.safe_load((CHART / "files/alerts.yaml").read_text())["groups"][0]["rules"]
    assert [rule["alert"] for rule in rules if not rule["annotations"]["summary"] or not rule["annotations"]["description"]] == []
    rows = re.findall(r"^\| `(Reconciler\w+)` \|", (PROJECT / "docs/operations.md").read_text(), re.MULTILINE)
    assert rows == [rule["alert"] for rule in rules]


def test_the_dashboard_is_whole() -> None:
    dashboard = json.loads((CHART / "files/dashboard.json").read_text())
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    variables = {f"${one['name']}" for one in dashboard["templating"]["list"]} | {"$__rate_interval"}
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    assert {name for text in expressions for name in re.findall(r"\$\w+", text)} <= variables
    assert [text for text in expressions if any(text.count(a) != text.count(b) for a, b in ("()", "{}", "[]"))] == []


def test_alerts_see_the_release_of_their_own_only(helm3: Helm) -> None:
    objects = helm3.template(EVERYTHING)
    assert alerts_of_others(objects, the(objects, "Deployment")["metadata"]["name"]) == []
    expressions = [rule["expr"] for rule in the(objects, "PrometheusRule")["spec"]["groups"][0]["rules"]]
    assert [text for text in expressions for a, b in ("()", "{}", "[]") if text.count(a) != text.count(b)] == []
