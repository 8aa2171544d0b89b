"""On real API servers: with an object, the fields that its former deployer wrote become ours, so that Git decides about them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.model.former_managers import taken_over
from tests.support.fleet import config, document, policy, selector, workload
from tests.support.servers import ServerWorld, configuration

pytestmark = pytest.mark.members("m1")

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def deployment(containers: list[Any], labels: Any = None, named: str = "web", **pod: Any) -> str:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers, **pod}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return document("Deployment", named, api="apps/v1", spec=spec, labels=labels)


def container(*env: str, name: str = "web", **more: Any) -> Any:
    return {"name": name, "image": "docker.io/library/nginx:1.28", "env": [{"name": one, "value": "1"} for one in env], **more}


PROBE = {"httpGet": {"path": "/", "port": 80}}


def former(named: str) -> str:
    """As another deployer wrote it."""
    containers = [container("A", "B", livenessProbe=PROBE), container(name="sidecar")]
    return deployment(containers, {"team": "web", "old": "1"}, named, nodeSelector={"disk": "ssd"})


BEFORE = former("web")
DEPLOYMENT, CONFIG = "deployments", "configmaps"


def deployed(world: ServerWorld, plural: str, item: str, by: str) -> Any:
    """Made on m1 by another deployer; by kubectl as it applies on the client's side."""
    body = json.loads(item.replace('"shop"', f'"{world.namespace}"'))
    if by.startswith("kubectl"):
        body["metadata"].setdefault("annotations", {})[LAST_APPLIED] = item
    return world.planes["m1"].request(f"{world.path(plural)}?fieldManager={by}", "POST", body)


def labelled(labels: dict[str, str]) -> str:
    """A ConfigMap of which only the labels ever change."""
    body = json.loads(config("labelled", a="1"))
    return json.dumps({**body, "metadata": {**body["metadata"], "labels": labels}}) + "\n"


def taking(world: ServerWorld, files: dict[str, str], **spec: Any) -> None:
    kinds = {"web.yaml": selector("Deployment", api="apps/v1"), "config.yaml": selector("ConfigMap")}
    policies = {f"p-{path}": policy(path[:3], kind, "m1") for path, kind in kinds.items() if path in files}
    settings = configuration(world.namespace, conflictResolution="Overwrite", **spec)
    world.commit({**files, **policies, "reconciler.yaml": settings})


def env_of(live: Any) -> dict[str, list[str]]:
    pod = live["spec"]["template"]["spec"]
    return {one["name"]: [variable["name"] for variable in one.get("env", [])] for one in pod["containers"]}


def owners_of(live: Any) -> set[tuple[str, str, str]]:
    return {(e["manager"], e["operation"], e.get("subresource", "")) for e in live["metadata"]["managedFields"]}


def assert_settled(world: ServerWorld) -> None:
    before = world.audited()
    ran = world.sync()
    assert (ran.code, world.writes(before)) == (0, []), ran.err


TOLD = "fields there that Git does not state would be removed"
MANAGERS = ("kubectl-client-side-apply", "kubectl-create", "helm", "karmada-controller-manager", "argocd-controller", "mine")


def test_what_is_not_in_git_goes_at_once_and_later(world: ServerWorld) -> None:
    """Whoever deployed it: a Deployment and a ConfigMap of each."""
    world.put_namespace("m1")
    for manager in MANAGERS:
        deployed(world, DEPLOYMENT, former(manager), manager)
        deployed(world, CONFIG, config(manager, a="0", stale="1"), manager)
    deployed(world, CONFIG, config("labelled", a="1"), "helm")

    def files(*env: str, labels: Any = None, **data: str) -> dict[str, str]:
        return {
            "web.yaml": "---\n".join(deployment([container(*env)], labels, manager) for manager in MANAGERS),
            "config.yaml": "---\n".join([*(config(manager, **data) for manager in MANAGERS), labelled(labels or {})]),
        }

    taking(world, files("A", "B", labels={"team": "web"}, a="1", b="2"), formerFieldManagers=["mine"])
    changes = world.synced("--dry-run")["clusters"]["m1"]["changes"]
    removed = {(change["object"]["kind"], change["object"]["name"]): {*change["removed"]} for change in changes}
    shown = world.run("diff", "HEAD", "HEAD", "--live", "-o", "json").json["outline"]
    said = {one["name"] for entry in shown if TOLD in entry["reason"] for one in entry["objects"] if one["kind"] == "Deployment"}
    assert said == {*MANAGERS}, shown
    assert world.sync().code == 0
    for manager in MANAGERS:
        assert "data.stale" in removed["ConfigMap", manager]
        assert {
            "spec.template.spec.nodeSelector",
            "spec.template.spec.containers[name=sidecar]",
            "metadata.labels.old",
            "spec.template.spec.containers[name=web].livenessProbe",
        } <= removed["Deployment", manager]
        default = "spec.template.spec.containers[name=web].terminationMessagePath"
        assert default not in removed["Deployment", manager], "it gets its default"
        live, settings = world.get("m1", DEPLOYMENT, manager), world.get("m1", CONFIG, manager)
        assert env_of(live) == {"web": ["A", "B"]}
        assert "nodeSelector" not in live["spec"]["template"]["spec"]
        assert "livenessProbe" not in live["spec"]["template"]["spec"]["containers"][0]
        assert {*live["metadata"]["labels"]} == {"team", "reconciler.dev/instance"}
        assert LAST_APPLIED not in live["metadata"]["annotations"]
        assert settings["data"] == {"a": "1", "b": "2"}
        assert owners_of(settings) == {("reconciler", "Apply", "")}
    assert_settled(world)
    world.commit(files("A", a="1"))
    assert world.sync().code == 0
    for manager in MANAGERS:
        live = world.get("m1", DEPLOYMENT, manager)
        assert (env_of(live), {*live["metadata"]["labels"]}) == ({"web": ["A"]}, {"reconciler.dev/instance"})
        assert world.get("m1", CONFIG, manager)["data"] == {"a": "1"}
    assert {*world.get("m1", CONFIG, "labelled")["metadata"]["labels"]} == {"reconciler.dev/instance"}
    assert_settled(world)


def test_fields_of_live_controllers_stay_theirs(world: ServerWorld) -> None:
    """An autoscaler's number, although kubectl wrote one, too; what an injector added; what controllers and the status hold."""
    world.put_namespace("m1")
    deployed(world, DEPLOYMENT, BEFORE, "kubectl-client-side-apply")
    world.edit("m1", DEPLOYMENT, "web", {"spec": {"replicas": 3}}, by="kube-controller-manager", more="/scale")
    world.edit("m1", DEPLOYMENT, "web", {"metadata": {"annotations": {"injected": "yes"}}}, by="injector")
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    scaler = {"scaleTargetRef": target, "minReplicas": 3, "maxReplicas": 5}
    world.put("m1", "horizontalpodautoscalers", document("HorizontalPodAutoscaler", "web", api="autoscaling/v2", spec=scaler))
    taking(world, {"web.yaml": workload("web", 2)})
    assert world.sync().code == 0
    live = world.get("m1", DEPLOYMENT, "web")
    assert live["spec"]["replicas"] == 3
    assert live["metadata"]["annotations"]["injected"] == "yes"
    assert {("kube-controller-manager", "Update", "scale"), ("kube-controller-manager", "Update", "status")} <= owners_of(live)
    assert_settled(world)


def test_a_number_that_only_kubectl_wrote_stays_where_an_autoscaler_decides(world: ServerWorld) -> None:
    """Without an owner: it would be reset to 1 if we took it over without stating it."""
    world.put_namespace("m1")
    deployed(world, DEPLOYMENT, BEFORE, "kubectl-client-side-apply")
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    scaler = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 5}
    world.put("m1", "horizontalpodautoscalers", document("HorizontalPodAutoscaler", "web", api="autoscaling/v2", spec=scaler))
    taking(world, {"web.yaml": workload("web", 1)})
    assert world.sync().code == 0
    assert world.get("m1", DEPLOYMENT, "web")["spec"]["replicas"] == 2
    assert_settled(world)


@pytest.mark.parametrize("restored_by", ["", "velero-server"])
def test_lost_owners_are_restored(world: ServerWorld, restored_by: str) -> None:
    """What is not in Git goes with the first sync after owners were wiped, or after a restore; allocated values stay."""
    service = document("Service", "web", spec={"type": "NodePort", "selector": {"app": "web"}, "ports": [{"port": 80}]})
    kinds = {"service.yaml": service, "p-service.yaml": policy("service", selector("Service"), "m1")}
    taking(world, {"web.yaml": deployment([container("A", "B")]), "config.yaml": config("settings", a="1", b="2"), **kinds})
    assert world.sync().code == 0
    plurals = {DEPLOYMENT: "web", CONFIG: "settings", "services": "web"}
    for plural, name in plurals.items():
        live = world.get("m1", plural, name)
        if restored_by:
            world.remove("m1", plural, name)
            metadata = {field: live["metadata"][field] for field in ("name", "namespace", "labels", "annotations")}
            body = {**{field: value for field, value in live.items() if field != "status"}, "metadata": metadata}
            world.planes["m1"].request(f"{world.path(plural)}?fieldManager={restored_by}", "POST", body)
        else:
            world.edit("m1", plural, name, {"metadata": {"managedFields": [{}]}})
    port = world.get("m1", "services", "web")["spec"]["ports"][0]["nodePort"]
    world.commit({"web.yaml": deployment([container("A")]), "config.yaml": config("settings", a="1")})
    shown = world.run("diff", "HEAD", "HEAD", "--live").out
    assert "Service" in shown, "its content stays, and its owners are written"
    assert '-b: "2"' in shown
    assert "- name: B" in shown
    assert world.sync().code == 0
    assert env_of(world.get("m1", DEPLOYMENT, "web")) == {"web": ["A"]}
    assert world.get("m1", CONFIG, "settings")["data"] == {"a": "1"}
    assert world.get("m1", "services", "web")["spec"]["ports"][0]["nodePort"] == port
    assert ("reconciler", "Apply", "") in owners_of(world.get("m1", "services", "web"))
    assert_settled(world)


def test_a_take_over_that_ended_half_way_is_completed(world: ServerWorld) -> None:
    """Between the two requests the object is as it was, and is not ours yet."""
    world.put_namespace("m1")
    before = deployed(world, CONFIG, config("settings", a="0", stale="1"), "kubectl-client-side-apply")
    owners = taken_over(before)["metadata"]["managedFields"]
    half = world.edit("m1", CONFIG, "settings", {"metadata": {"managedFields": owners}}, by="reconciler")
    assert half["data"] == before["data"]
    taking(world, {"config.yaml": config("settings", a="1")})
    assert world.sync().code == 0
    live = world.get("m1", CONFIG, "settings")
    assert (live["data"], live["metadata"]["uid"]) == ({"a": "1"}, before["metadata"]["uid"])
    assert_settled(world)


def test_a_refused_take_over_leaves_the_owners(world: ServerWorld) -> None:
    world.put_namespace("m1")
    item = json.loads(config("settings", a="0", stale="1"))
    before = deployed(world, CONFIG, json.dumps({**item, "immutable": True}), "kubectl-client-side-apply")
    taking(world, {"config.yaml": config("settings", a="1")})
    assert world.sync().code == 3
    assert world.get("m1", CONFIG, "settings") == before


def test_everything_is_given_back(world: ServerWorld) -> None:
    """What was taken over and what we made: the same objects, without our marks, for whoever applies them next."""
    world.put_namespace("m1")
    deployed(world, DEPLOYMENT, BEFORE, "helm")
    files = {"web.yaml": deployment([container("A")]), "config.yaml": config("settings", a="1")}
    taking(world, files)
    assert world.sync().code == 0
    objects = {DEPLOYMENT: "web", CONFIG: "settings"}
    before = {plural: world.get("m1", plural, name) for plural, name in objects.items()}
    branch = world.status_branch()
    since = world.audited()
    planned = world.run("release", "--all", "--dry-run", "-o", "json").json["clusters"]["m1"]["objects"]
    assert {("Deployment", "web", False), ("ConfigMap", "settings", False)} <= {
        (one["kind"], one["name"], one["released"]) for one in planned
    }
    assert world.writes(since) == []
    ran = world.run("release", "--all", "-o", "json")
    assert (ran.code, [one["error"] for one in ran.json["clusters"]["m1"]["objects"]]) == (0, [""] * len(planned)), ran.err
    assert len(world.writes(since)) == len(planned), "one request for each"
    for plural, name in objects.items():
        live = world.get("m1", plural, name)
        for part in ("data", "spec"):
            assert live.get(part) == before[plural].get(part)
        # A server counts a change of annotations as a generation of a Deployment; no Pod is made anew for it.
        assert live["metadata"]["uid"] == before[plural]["metadata"]["uid"]
        assert "reconciler.dev" not in json.dumps(live["metadata"])
        assert "reconciler" not in {manager for manager, _, _ in owners_of(live)}
    assert world.status_branch() == branch
    assert world.run("release", "--all", "-o", "json").json["clusters"]["m1"]["objects"] == []
    for data in (before[CONFIG]["data"], {"other": "1"}):
        applied = config("settings", **data).replace('"shop"', f'"{world.namespace}"')
        path = f"{world.path(CONFIG, 'settings')}?fieldManager=another"
        live = world.planes["m1"].request(path, "PATCH", json.loads(applied), "application/apply-patch+yaml")
    assert live["data"] == {"other": "1"}, "fields belong to whoever applies them next, and to nobody else"
