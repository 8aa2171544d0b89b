"""On real API servers: what a member keeps is left to it, by rules of the repository, of Karmada and of Kubernetes.

A case is a generator. Each time it yields files of Git, and goes on when they are committed and synced: it says what is to be
there, and what happens in the member. The cases of one test share these syncs, and after each round nothing is left to write.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.fleet import Files, cluster_policy, definition, document, override, policy, selector, widget, workload
from tests.support.servers import ServerWorld, configuration, eventually

pytestmark = pytest.mark.members("m1")

SELECTED = {
    "deployments.yaml": policy("deployments", selector("Deployment", api="apps/v1"), "m1"),
    "services.yaml": policy("services", selector("Service"), "m1"),
    "jobs.yaml": policy("jobs", selector("Job", api="batch/v1"), "m1"),
    "claims.yaml": policy("claims", selector("PersistentVolumeClaim"), "m1"),
    "accounts.yaml": policy("accounts", selector("ServiceAccount"), "m1"),
    "pods.yaml": policy("pods", selector("Pod"), "m1"),
}


def customization(api: str, kind: str, body: str) -> str:
    script = f"function Retain(desiredObj, observedObj)\n{body}\nreturn desiredObj\nend"
    spec = {"target": {"apiVersion": api, "kind": kind}, "customizations": {"retention": {"luaScript": script}}}
    return document("ResourceInterpreterCustomization", kind.lower(), "", api="config.karmada.io/v1alpha1", spec=spec)


def settled(world: ServerWorld) -> None:
    """A dry run and a sync find nothing to write."""
    for arguments in (("--no-wait", "--dry-run"), ("--no-wait",)):
        before = world.audited()
        ran = world.sync(*arguments)
        assert (world.writes(before, "m1"), "drifted" in ran.err) == ([], False), ran.err


def sync(world: ServerWorld) -> None:
    ran = world.sync("--no-wait")
    assert "failed" not in ran.err, ran.err
    assert "error" not in ran.err, ran.err


Case = Callable[[ServerWorld], Iterator[Files]]


def play(world: ServerWorld, files: Files, *cases: Case) -> None:
    """The cases side by side in one world. files: what all of them need."""
    world.commit(files)
    running, rounds = [case(world) for case in cases], 0
    while changed := {path: text for one in running for path, text in next(one, {}).items()}:
        if rounds:
            settled(world)
        world.commit(changed)
        sync(world)
        rounds += 1
    settled(world)


def test_what_a_script_retains_is_the_members(world: ServerWorld) -> None:
    group = f"{world.namespace}.example"
    keep = customization(f"{group}/v1", "Widget", "desiredObj.spec.size = observedObj.spec.size")
    files = {"crd.yaml": definition(group, "v1"), "widget.yaml": widget(group, "a", size=1, image="x"), "keep.yaml": keep}
    chosen = policy("widgets", selector("Widget", api=f"{group}/v1"), "m1")
    crds = cluster_policy("crds", selector("CustomResourceDefinition", api="apiextensions.k8s.io/v1"), "m1")
    world.commit({**files, "p.yaml": chosen, "crds.yaml": crds})
    sync(world)
    path = f"/apis/{group}/v1/namespaces/{world.namespace}/widgets"
    world.edit("m1", path, "a", {"spec": {"size": 7}}, by="autoscaler")
    settled(world)
    # What Git changes beside it arrives; the initial size does not, whether Git states it or not.
    for spec in ({"size": 2, "image": "y"}, {"image": "z"}):
        world.commit({"widget.yaml": widget(group, "a", **spec)})
        changed = [line for line in world.run("diff", "HEAD~1", "HEAD", "--live").out.splitlines() if line[:1] in ("+", "-")]
        assert [line for line in changed if "size" in line] == []
        assert f"+image: {spec['image']}" in [line.replace('"', "") for line in changed]
        sync(world)
        assert world.get("m1", path, "a")["spec"] == {"size": 7, "image": spec["image"]}
        settled(world)


KEEP_NUMBER = """
    desiredObj.spec.paused = observedObj.spec.paused
    desiredObj.spec.replicas = observedObj.spec.replicas"""
KEEP_THEIRS = """
    for _, name in ipairs(observedObj.imagePullSecrets or {}) do
      if name.name == "theirs" then table.insert(desiredObj.imagePullSecrets, name) end
    end"""


def a_kind_of_kubernetes(world: ServerWorld) -> Iterator[Files]:
    template = json.loads(workload("web", 2))
    template["spec"]["paused"] = False
    yield {"web.yaml": json.dumps(template)}
    world.edit("m1", "deployments", "web", {"spec": {"paused": True, "replicas": 7}}, by="member-operator")
    template["spec"]["template"]["spec"]["containers"][0]["image"] = "docker.io/library/nginx:1.29"
    del template["spec"]["replicas"]
    yield {"web.yaml": json.dumps(template)}
    spec = world.get("m1", "deployments", "web")["spec"]
    assert (spec["paused"], spec["replicas"]) == (True, 7)
    assert spec["template"]["spec"]["containers"][0]["image"] == "docker.io/library/nginx:1.29"


def a_number_that_git_leaves_out_while_only_we_own_it(world: ServerWorld) -> Iterator[Files]:
    """Leaving it out would reset it to 1."""
    template = json.loads(workload("alone", 5))
    yield {"alone.yaml": json.dumps(template)}
    del template["spec"]["replicas"]
    yield {"alone.yaml": json.dumps(template)}
    assert world.get("m1", "deployments", "alone")["spec"]["replicas"] == 5


def an_atomic_list_as_a_whole(world: ServerWorld) -> Iterator[Files]:
    """A script that adds what the member added to what Git states."""
    yield {"account.yaml": document("ServiceAccount", "web", imagePullSecrets=[{"name": "ours"}])}
    both = [{"name": "ours"}, {"name": "theirs"}]
    world.edit("m1", "serviceaccounts", "web", {"imagePullSecrets": both}, by="openshift")
    yield {"account.yaml": document("ServiceAccount", "web", imagePullSecrets=[{"name": "new"}])}
    assert world.get("m1", "serviceaccounts", "web")["imagePullSecrets"] == [{"name": "new"}, {"name": "theirs"}]


def test_scripts_for_kinds_of_kubernetes(world: ServerWorld) -> None:
    deployments = customization("apps/v1", "Deployment", KEEP_NUMBER)
    accounts = customization("v1", "ServiceAccount", KEEP_THEIRS)
    scripts = {**SELECTED, "keep-deployments.yaml": deployments, "keep-accounts.yaml": accounts}
    play(world, scripts, a_kind_of_kubernetes, a_number_that_git_leaves_out_while_only_we_own_it, an_atomic_list_as_a_whole)


def what_the_member_added_to_a_service_account(world: ServerWorld) -> Iterator[Files]:
    stated: dict[str, Any] = {"secrets": [{"name": "a"}, {"name": "b"}], "imagePullSecrets": [{"name": "a"}]}
    yield {"account.yaml": document("ServiceAccount", "web", **stated)}
    theirs = [{"name": "a"}, {"name": "theirs"}]
    world.edit("m1", "serviceaccounts", "web", {"secrets": [*stated["secrets"], {"name": "t"}], "imagePullSecrets": theirs})
    yield {"account.yaml": document("ServiceAccount", "web", secrets=[{"name": "a"}], imagePullSecrets=[{"name": "a"}])}
    live = world.get("m1", "serviceaccounts", "web")
    assert (live["secrets"], live["imagePullSecrets"]) == ([{"name": "a"}, {"name": "t"}], theirs)


def the_volume_of_a_claim(world: ServerWorld) -> Iterator[Files]:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "",
        "volumeName": "",
        "resources": {"requests": {"storage": "1Gi"}},
    }
    yield {"claim.yaml": document("PersistentVolumeClaim", "data", spec=spec)}
    volume = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "",
        "claimRef": {"namespace": "shop", "name": "data"},
        "hostPath": {"path": "/x"},
    }
    name = f"{world.namespace}-data"
    world.put("m1", "/api/v1/persistentvolumes", document("PersistentVolume", name, "", spec=volume))
    eventually(lambda: world.get("m1", "persistentvolumeclaims", "data")["spec"].get("volumeName") == name)
    yield {"claim.yaml": document("PersistentVolumeClaim", "data", spec=spec, labels={"team": "web"})}
    live = world.get("m1", "persistentvolumeclaims", "data")
    assert (live["spec"]["volumeName"], live["metadata"]["labels"]["team"]) == (name, "web")


def the_addresses_of_a_service(world: ServerWorld) -> Iterator[Files]:
    def service(**more: Any) -> str:
        spec = {"type": "NodePort", "clusterIP": "", "ports": [{"name": "http", "port": 80}], **more}
        return document("Service", "web", spec=spec)

    yield {"service.yaml": service()}
    first = world.get("m1", "services", "web")["spec"]
    yield {"service.yaml": service(selector={"app": "web"}, ports=[{"name": "http", "port": 80, "targetPort": 8080}])}
    live = world.get("m1", "services", "web")["spec"]
    assert (live["clusterIP"], live["ports"][0]["nodePort"]) == (first["clusterIP"], first["ports"][0]["nodePort"])
    assert (live["selector"], live["ports"][0]["targetPort"]) == ({"app": "web"}, 8080)


def exported_job(team: str) -> str:
    """As `kubectl get -o yaml` prints it."""
    generated = {"batch.kubernetes.io/controller-uid": "0a1b"}
    labels = {**generated, "batch.kubernetes.io/job-name": "pi", "controller-uid": "0a1b", "job-name": "pi"}
    pod = {"restartPolicy": "Never", "containers": [{"name": "pi", "image": "docker.io/library/perl:5"}]}
    spec = {
        "completions": 10,
        "parallelism": 4,
        "manualSelector": False,
        "selector": {"matchLabels": generated},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    return document("Job", "pi", api="batch/v1", labels={"team": team}, spec=spec)


def the_selector_of_an_exported_job(world: ServerWorld) -> Iterator[Files]:
    yield {"job.yaml": exported_job("a")}
    uid = world.get("m1", "jobs", "pi")["metadata"]["uid"]
    yield {"job.yaml": exported_job("b")}
    live = world.get("m1", "jobs", "pi")
    assert (live["metadata"]["labels"]["team"], live["metadata"]["uid"]) == ("b", uid)
    assert live["spec"]["selector"]["matchLabels"] == {"batch.kubernetes.io/controller-uid": uid}


def pod(image: str, *volumes: str) -> str:
    container = {"name": "app", "image": image, "resources": {"requests": {"cpu": "1000m"}}, "ports": [{"containerPort": 80}]}
    mounted = [{"name": name, "mountPath": f"/{name}"} for name in volumes]
    container |= {"volumeMounts": mounted} if volumes else {}
    spec = {"containers": [container], "nodeName": "", "volumes": [{"name": name, "emptyDir": {}} for name in volumes]}
    return document("Pod", "app", spec=spec)


def a_pod_of_its_own(world: ServerWorld) -> Iterator[Files]:
    yield {"pod.yaml": pod("docker.io/library/nginx:1.28")}
    yield {"pod.yaml": pod("docker.io/library/nginx:1.29")}
    assert world.get("m1", "pods", "app")["spec"]["containers"][0]["image"] == "docker.io/library/nginx:1.29"


def an_empty_protocol_adds_no_ports(world: ServerWorld) -> Iterator[Files]:
    template = json.loads(workload("ports", 1))
    container = template["spec"]["template"]["spec"]["containers"][0]
    container["ports"] = [{"containerPort": 80, "protocol": ""}]
    ports = [{"name": "http", "port": 80, "protocol": ""}]

    def files() -> Files:
        service = document("Service", "ports", spec={"selector": {"app": "ports"}, "ports": ports})
        return {"ports.yaml": json.dumps(template), "ports-service.yaml": service}

    yield files()
    container["image"] = "docker.io/library/nginx:1.29"
    ports[0]["targetPort"] = 8080
    yield files()
    (port,) = world.get("m1", "deployments", "ports")["spec"]["template"]["spec"]["containers"][0]["ports"]
    assert port == {"containerPort": 80, "protocol": "TCP"}
    (port,) = world.get("m1", "services", "ports")["spec"]["ports"]
    assert (port["protocol"], port["targetPort"]) == ("TCP", 8080)


RBAC = "rbac.authorization.k8s.io/v1"


def the_rules_of_an_aggregated_role(world: ServerWorld) -> Iterator[Files]:
    part_of = {f"{world.namespace}.example/part-of": "app"}
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    name = f"{world.namespace}-all"
    aggregated = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": part_of}]}, "rules": []}
    part = document("ClusterRole", f"{world.namespace}-part", "", api=RBAC, labels=part_of, rules=rules)
    chosen = cluster_policy("roles", selector("ClusterRole", api=RBAC), "m1")
    whole = document("ClusterRole", name, "", api=RBAC, **aggregated)
    yield {"all.yaml": whole, "part.yaml": part, "roles.yaml": chosen}
    path = f"/apis/{RBAC}/clusterroles"
    eventually(lambda: world.get("m1", path, name).get("rules") == rules)
    before = world.audited()
    yield {"all.yaml": document("ClusterRole", name, "", api=RBAC, labels={"team": "web"}, **aggregated)}
    assert len([request for request in world.writes(before, "m1") if f"{path}/{name}?" in request]) == 1
    live = world.get("m1", path, name)
    assert (live["rules"], live["metadata"]["labels"]["team"]) == (rules, "web")


PLACEHOLDERS = {"none": "", "newline": "Cg==", "plain": "\n"}


def a_bundle_that_an_injector_fills_in(world: ServerWorld) -> Iterator[Files]:
    """Whatever stands in its place in Git."""
    kind, api = "ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"
    path = f"/apis/{api}/validatingwebhookconfigurations"
    names = {f"{world.namespace}-{word}": placeholder for word, placeholder in PLACEHOLDERS.items()}

    def hooks(named: str, url: str) -> str:
        client = {"url": url, "caBundle": names[named]}
        rule = {"apiGroups": ["none.example"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
        hook = {"clientConfig": client, "rules": [rule], "sideEffects": "None", "admissionReviewVersions": ["v1"]}
        webhooks = [{"name": f"{name}.{named}.example", **hook} for name in ("a", "b")]
        return document(kind, named, "", api=api, webhooks=webhooks)

    def files(url: str) -> dict[str, str]:
        return {f"{named}.yaml": hooks(named, url) for named in names}

    yield {**files("https://a.example/"), "hooks.yaml": cluster_policy("hooks", selector(kind, api=api), "m1")}
    bundle = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="
    for named in names:
        live = world.get("m1", path, named)
        for hook in live["webhooks"]:
            hook["clientConfig"]["caBundle"] = bundle
        world.edit("m1", path, named, {"webhooks": live["webhooks"]}, by="cert-manager-cainjector")
    yield files("https://b.example/")
    for named in names:
        clients = [hook["clientConfig"] for hook in world.get("m1", path, named)["webhooks"]]
        assert clients == [{"url": "https://b.example/", "caBundle": bundle}] * 2


def test_what_kubernetes_itself_keeps(world: ServerWorld) -> None:
    play(
        world,
        SELECTED,
        what_the_member_added_to_a_service_account,
        the_volume_of_a_claim,
        the_addresses_of_a_service,
        the_selector_of_an_exported_job,
        a_pod_of_its_own,
        an_empty_protocol_adds_no_ports,
        the_rules_of_an_aggregated_role,
        a_bundle_that_an_injector_fills_in,
    )
    # A Pod cannot get volumes later. That is said, and not passed over because the member keeps its volumes.
    world.commit({"pod.yaml": pod("docker.io/library/nginx:1.29", "cache")})
    ran = world.sync("--no-wait")
    assert (ran.code, "Delete the object in the member" in ran.err) == (3, True), ran.err


@pytest.mark.members("m1", "m2")
def test_what_an_override_adds_for_one_member_is_not_retained_from_another(world: ServerWorld) -> None:
    """Retention asks each member for its own object."""
    keep = customization("apps/v1", "Deployment", "desiredObj.spec.replicas = observedObj.spec.replicas")
    chosen = policy("web", selector("Deployment", api="apps/v1"), "m1", "m2")
    larger = override(
        "web",
        selector("Deployment", api="apps/v1"),
        "m2",
        plaintext=[{"path": "/spec/replicas", "operator": "replace", "value": 4}],
    )
    world.commit({"web.yaml": workload("web", 2), "p.yaml": chosen, "o.yaml": larger, "keep.yaml": keep})
    sync(world)
    world.edit("m1", "deployments", "web", {"spec": {"replicas": 7}}, by="member-operator")
    settled(world)
    assert [world.get(name, "deployments", "web")["spec"]["replicas"] for name in ("m1", "m2")] == [7, 4]
