"""On real API servers: what a member keeps is left to it, by rules of the repository, of Karmada and of Kubernetes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.fleet import cluster_policy, definition, document, override, policy, selector, widget, workload
from tests.support.servers import ServerWorld, eventually

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


def test_a_script_for_a_kind_of_kubernetes(world: ServerWorld) -> None:
    body = "desiredObj.spec.paused = observedObj.spec.paused\ndesiredObj.spec.replicas = observedObj.spec.replicas"
    template = json.loads(workload("web", 2))
    template["spec"]["paused"] = False
    world.commit({**SELECTED, "web.yaml": json.dumps(template), "keep.yaml": customization("apps/v1", "Deployment", body)})
    sync(world)
    settled(world)
    world.edit("m1", "deployments", "web", {"spec": {"paused": True, "replicas": 7}}, by="member-operator")
    settled(world)
    template["spec"]["template"]["spec"]["containers"][0]["image"] = "docker.io/library/nginx:1.29"
    del template["spec"]["replicas"]
    world.commit({"web.yaml": json.dumps(template)})
    sync(world)
    spec = world.get("m1", "deployments", "web")["spec"]
    assert (spec["paused"], spec["replicas"]) == (True, 7)
    assert spec["template"]["spec"]["containers"][0]["image"] == "docker.io/library/nginx:1.29"
    settled(world)


def test_a_number_that_git_leaves_out_while_only_we_own_it(world: ServerWorld) -> None:
    """Leaving it out would reset it to 1."""
    keep = customization("apps/v1", "Deployment", "desiredObj.spec.replicas = observedObj.spec.replicas")
    world.commit({**SELECTED, "web.yaml": workload("web", 5), "keep.yaml": keep})
    sync(world)
    template = json.loads(workload("web", 5))
    del template["spec"]["replicas"]
    world.commit({"web.yaml": json.dumps(template)})
    sync(world)
    assert world.get("m1", "deployments", "web")["spec"]["replicas"] == 5
    settled(world)


def test_an_atomic_list_is_kept_as_a_whole(world: ServerWorld) -> None:
    """A script that adds what the member added to what Git states."""
    body = """
    for _, name in ipairs(observedObj.imagePullSecrets or {}) do
      if name.name == "theirs" then table.insert(desiredObj.imagePullSecrets, name) end
    end"""
    account = document("ServiceAccount", "web", imagePullSecrets=[{"name": "ours"}])
    world.commit({**SELECTED, "account.yaml": account, "keep.yaml": customization("v1", "ServiceAccount", body)})
    sync(world)
    both = [{"name": "ours"}, {"name": "theirs"}]
    world.edit("m1", "serviceaccounts", "web", {"imagePullSecrets": both}, by="openshift")
    settled(world)
    world.commit({"account.yaml": document("ServiceAccount", "web", imagePullSecrets=[{"name": "new"}])})
    sync(world)
    assert world.get("m1", "serviceaccounts", "web")["imagePullSecrets"] == [{"name": "new"}, {"name": "theirs"}]
    settled(world)


def test_a_service_account_keeps_what_the_member_added(world: ServerWorld) -> None:
    stated: dict[str, Any] = {"secrets": [{"name": "a"}, {"name": "b"}], "imagePullSecrets": [{"name": "a"}]}
    world.commit({**SELECTED, "account.yaml": document("ServiceAccount", "web", **stated)})
    sync(world)
    theirs = [{"name": "a"}, {"name": "theirs"}]
    world.edit("m1", "serviceaccounts", "web", {"secrets": [*stated["secrets"], {"name": "t"}], "imagePullSecrets": theirs})
    settled(world)
    world.commit({"account.yaml": document("ServiceAccount", "web", secrets=[{"name": "a"}], imagePullSecrets=[{"name": "a"}])})
    sync(world)
    live = world.get("m1", "serviceaccounts", "web")
    assert (live["secrets"], live["imagePullSecrets"]) == ([{"name": "a"}, {"name": "t"}], theirs)
    settled(world)


def test_a_claim_stays_bound(world: ServerWorld) -> None:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "",
        "volumeName": "",
        "resources": {"requests": {"storage": "1Gi"}},
    }
    world.commit({**SELECTED, "claim.yaml": document("PersistentVolumeClaim", "data", spec=spec)})
    sync(world)
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
    settled(world)
    labelled = document("PersistentVolumeClaim", "data", spec=spec, labels={"team": "web"})
    world.commit({"claim.yaml": labelled})
    sync(world)
    live = world.get("m1", "persistentvolumeclaims", "data")
    assert (live["spec"]["volumeName"], live["metadata"]["labels"]["team"]) == (name, "web")
    settled(world)


def test_a_service_keeps_its_addresses(world: ServerWorld) -> None:
    def service(**more: Any) -> str:
        spec = {"type": "NodePort", "clusterIP": "", "ports": [{"name": "http", "port": 80}], **more}
        return document("Service", "web", spec=spec)

    world.commit({**SELECTED, "service.yaml": service()})
    sync(world)
    first = world.get("m1", "services", "web")["spec"]
    settled(world)
    world.commit({"service.yaml": service(selector={"app": "web"}, ports=[{"name": "http", "port": 80, "targetPort": 8080}])})
    sync(world)
    live = world.get("m1", "services", "web")["spec"]
    assert (live["clusterIP"], live["ports"][0]["nodePort"]) == (first["clusterIP"], first["ports"][0]["nodePort"])
    assert (live["selector"], live["ports"][0]["targetPort"]) == ({"app": "web"}, 8080)
    settled(world)


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


def test_an_exported_job_can_change(world: ServerWorld) -> None:
    world.commit({**SELECTED, "job.yaml": exported_job("a")})
    sync(world)
    uid = world.get("m1", "jobs", "pi")["metadata"]["uid"]
    settled(world)
    world.commit({"job.yaml": exported_job("b")})
    sync(world)
    live = world.get("m1", "jobs", "pi")
    assert (live["metadata"]["labels"]["team"], live["metadata"]["uid"]) == ("b", uid)
    assert live["spec"]["selector"]["matchLabels"] == {"batch.kubernetes.io/controller-uid": uid}
    settled(world)


def test_a_pod_of_its_own(world: ServerWorld) -> None:
    def pod(image: str, *volumes: str) -> str:
        container = {"name": "app", "image": image, "resources": {"requests": {"cpu": "1000m"}}, "ports": [{"containerPort": 80}]}
        mounted = [{"name": name, "mountPath": f"/{name}"} for name in volumes]
        container |= {"volumeMounts": mounted} if volumes else {}
        spec = {"containers": [container], "nodeName": "", "volumes": [{"name": name, "emptyDir": {}} for name in volumes]}
        return document("Pod", "app", spec=spec)

    world.commit({**SELECTED, "pod.yaml": pod("docker.io/library/nginx:1.28")})
    sync(world)
    settled(world)
    world.commit({"pod.yaml": pod("docker.io/library/nginx:1.29")})
    sync(world)
    assert world.get("m1", "pods", "app")["spec"]["containers"][0]["image"] == "docker.io/library/nginx:1.29"
    settled(world)
    # A Pod cannot get volumes later. That is said, and not passed over because the member keeps its volumes.
    world.commit({"pod.yaml": pod("docker.io/library/nginx:1.29", "cache")})
    ran = world.sync("--no-wait")
    assert (ran.code, "Delete the object in the member" in ran.err) == (3, True), ran.err


def test_an_empty_protocol_adds_no_ports(world: ServerWorld) -> None:
    template = json.loads(workload("web", 1))
    container = template["spec"]["template"]["spec"]["containers"][0]
    container["ports"] = [{"containerPort": 80, "protocol": ""}]
    ports = [{"name": "http", "port": 80, "protocol": ""}]
    service = document("Service", "web", spec={"selector": {"app": "web"}, "ports": ports})
    world.commit({**SELECTED, "web.yaml": json.dumps(template), "service.yaml": service})
    sync(world)
    settled(world)
    container["image"] = "docker.io/library/nginx:1.29"
    ports[0]["targetPort"] = 8080
    service = document("Service", "web", spec={"selector": {"app": "web"}, "ports": ports})
    world.commit({"web.yaml": json.dumps(template), "service.yaml": service})
    sync(world)
    (port,) = world.get("m1", "deployments", "web")["spec"]["template"]["spec"]["containers"][0]["ports"]
    assert port == {"containerPort": 80, "protocol": "TCP"}
    (port,) = world.get("m1", "services", "web")["spec"]["ports"]
    assert (port["protocol"], port["targetPort"]) == ("TCP", 8080)
    settled(world)


RBAC = "rbac.authorization.k8s.io/v1"


def test_rules_of_an_aggregated_role_are_the_controllers(world: ServerWorld) -> None:
    part_of = {f"{world.namespace}.example/part-of": "app"}
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    name = f"{world.namespace}-all"
    aggregated = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": part_of}]}, "rules": []}
    part = document("ClusterRole", f"{world.namespace}-part", "", api=RBAC, labels=part_of, rules=rules)
    chosen = cluster_policy("roles", selector("ClusterRole", api=RBAC), "m1")
    world.commit({"all.yaml": document("ClusterRole", name, "", api=RBAC, **aggregated), "part.yaml": part, "p.yaml": chosen})
    path = f"/apis/{RBAC}/clusterroles"
    assert world.sync().code == 0
    eventually(lambda: world.get("m1", path, name).get("rules") == rules)
    settled(world)
    labelled = document("ClusterRole", name, "", api=RBAC, labels={"team": "web"}, **aggregated)
    world.commit({"all.yaml": labelled})
    before = world.audited()
    sync(world)
    assert len(world.writes(before, "m1")) == 1
    live = world.get("m1", path, name)
    assert (live["rules"], live["metadata"]["labels"]["team"]) == (rules, "web")
    settled(world)


PLACEHOLDERS = {"none": "", "newline": "Cg==", "plain": "\n"}


def test_a_bundle_that_an_injector_fills_in_stays(world: ServerWorld) -> None:
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

    world.commit({**files("https://a.example/"), "p.yaml": cluster_policy("hooks", selector(kind, api=api), "m1")})
    sync(world)
    bundle = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="
    for named in names:
        live = world.get("m1", path, named)
        for hook in live["webhooks"]:
            hook["clientConfig"]["caBundle"] = bundle
        world.edit("m1", path, named, {"webhooks": live["webhooks"]}, by="cert-manager-cainjector")
    settled(world)
    world.commit(files("https://b.example/"))
    sync(world)
    for named in names:
        clients = [hook["clientConfig"] for hook in world.get("m1", path, named)["webhooks"]]
        assert clients == [{"url": "https://b.example/", "caBundle": bundle}] * 2
    settled(world)


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
