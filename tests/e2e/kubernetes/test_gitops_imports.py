"""On real API servers: what Argo CD and Flux wrote is imported from files, taken over in one request for each object, and no Pod
restarts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.parts.build import binary
from tests.support.fleet import config, document, workload
from tests.support.program import Ran
from tests.support.servers import DIGEST, ID, INSTANCE, ServerWorld, eventually

pytestmark = pytest.mark.members("m1", "m2")

APPLY = "application/apply-patch+yaml"
OWN = "https://git.example.com/shop/deploy.git"
KIND = {"kind": "ConfigMap"}
CHOSEN = {"clusters": {"selector": {"matchExpressions": [{"key": "color", "operator": "Exists"}]}}}
PROGRAMS = {"argocd": [("kustomize", "kustomize")], "flux": [("helm", "helm4")]}
ARGO, FLUX = "argoproj.io/v1alpha1", "toolkit.fluxcd.io"
MARKS = {INSTANCE, ID, DIGEST}
PLURALS = {"Deployment": "deployments", "ConfigMap": "configmaps"}
CHART = {
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/web/values.yaml": "color: red\n",
    "charts/web/templates/settings.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-settings'}\n"
        "data: {color: '{{ .Values.color }}'}\n"
    ),
}
MANIFESTS = {
    "manifests/web.yaml": workload("web"),
    "settings/kustomization.yaml": "resources: [settings.yaml]\n",
    "settings/settings.yaml": config("web-settings", color="none"),
}


def deployed(world: ServerWorld, name: str, text: str, by: str, labels: dict[str, str], annotations: dict[str, str]) -> None:
    """As a controller writes it, with its marks: on m1 by server-side apply, on m2 as `kubectl apply` on the client's side."""
    body = json.loads(text.replace('"shop"', f'"{world.namespace}"'))
    metadata = body["metadata"]
    metadata["labels"] = {**metadata.get("labels", {}), **labels}
    metadata["annotations"] = {**metadata.get("annotations", {}), **annotations}
    plural = PLURALS[body["kind"]]
    if name == "m1":
        path = f"{world.path(plural, metadata['name'])}?fieldManager={by}&force=true"
        world.planes[name].request(path, "PATCH", body, APPLY)
        return
    metadata["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json.dumps(body)
    world.planes[name].request(f"{world.path(plural)}?fieldManager={by}", "POST", body)


def states(world: ServerWorld) -> dict[tuple[str, str], tuple[str, Any, Any]]:
    """uid, spec and data of everything that was deployed, and the names of the Pods."""
    found: dict[tuple[str, str], tuple[str, Any, Any]] = {}
    for name, plane in world.planes.items():
        for plural in ("deployments", "configmaps", "pods"):
            for item in plane.request(world.path(plural))["items"]:
                if plural == "pods" or item["metadata"]["name"].startswith("web"):
                    key = f"{plural}/{item['metadata']['name']}"
                    spec = {} if plural == "pods" else item.get("spec", {})
                    found[name, key] = (item["metadata"]["uid"], spec, item.get("data"))
    return found


def ran(world: ServerWorld, tool: str, command: str, *arguments: str) -> Ran:
    if command == "import":
        return world.run(command, *arguments)
    programs = [f"--{name}={binary(part)}" for name, part in PROGRAMS[tool]]
    return world.run(command, *programs, "--cache", str(world.folder / "cache"), *arguments)


def take_over(world: ServerWorld, tool: str, *arguments: str) -> None:
    """Imports, compares, takes over; fails where anything but marks changes, or an object is written twice."""
    eventually(lambda: sum("pods/" in key for _, key in states(world)) == 4, seconds=120)
    before = states(world)
    done = ran(world, tool, "import", tool, "--this-repository", OWN, *arguments)
    assert done.code == 0, done.out + done.err
    again = ran(world, tool, "import", tool, "--this-repository", OWN, *arguments, "-o", "json").json
    assert (again["files"]["written"], again["files"]["differing"]) == ([], [])
    dry = ran(world, tool, "sync", "--dry-run", "-o", "json")
    changes = [one for member in dry.json["clusters"].values() for one in member["changes"]]
    assert {one["action"] for one in changes} <= {"configure", "unchanged"}, changes
    since = world.audited()
    done = ran(world, tool, "sync")
    assert done.code == 0, done.out + done.err
    written = [one.partition("?")[0] for one in world.writes(since) if "dryRun" not in one]
    for name in world.planes:
        own = [one.partition("?")[0] for one in world.writes(since, name) if "dryRun" not in one]
        assert len(own) == len(set(own)) == 2, written
    assert states(world) == before
    since = world.audited()
    assert ran(world, tool, "sync").code == 0
    assert world.writes(since) == []
    assert ran(world, tool, "diff", "HEAD", "HEAD", "--live").code == 0


def given_back(world: ServerWorld) -> None:
    """Everything is as it was, without our marks."""
    before = states(world)
    done = world.run("release", "--all")
    assert done.code == 0, done.out + done.err
    assert states(world) == before
    for name in world.planes:
        for plural, which in (("deployments", "web"), ("configmaps", "web-settings")):
            live = world.get(name, plural, which)
            assert not MARKS & {*live["metadata"].get("labels", {}), *live["metadata"].get("annotations", {})}
            assert "reconciler" not in {entry["manager"] for entry in live["metadata"].get("managedFields", [])}


def unmarked(world: ServerWorld, prefixes: tuple[str, ...]) -> None:
    """What the other tool marked is ours now, and not marked for it any more."""
    for name in world.planes:
        for plural, which in (("deployments", "web"), ("configmaps", "web-settings")):
            live = world.get(name, plural, which)
            marks = {*live["metadata"].get("labels", {}), *live["metadata"].get("annotations", {})}
            assert MARKS & marks
            assert not [one for one in marks if one.startswith(prefixes)]
            managers = {entry["manager"] for entry in live["metadata"]["managedFields"]}
            assert managers <= {"reconciler", "kube-controller-manager", "kubelet", "kwok"}, managers


def test_argo_cd(world: ServerWorld) -> None:
    for name in world.planes:
        world.put_namespace(name)
        settings = config("web-settings", color={"m1": "red", "m2": "blue"}[name])
        for text, application in ((workload("web"), "web"), (settings, f"settings-{name}")):
            body = json.loads(text)
            group = "apps" if body["kind"] == "Deployment" else ""
            place = f"{group}/{body['kind']}:{world.namespace}/{body['metadata']['name']}"
            deployed(world, name, text, "argocd-controller", {}, {"argocd.argoproj.io/tracking-id": f"{application}:{place}"})
    clusters = {
        f"argocd/{name}.yaml": document(
            "Secret", name, "argocd", stringData={"name": name, "server": f"https://{name}.example.com"},
            labels={"argocd.argoproj.io/secret-type": "cluster", "color": {"m1": "red", "m2": "blue"}[name]},
        ) for name in world.planes
    }  # fmt: skip
    patch = '[{"op": "replace", "path": "/data/color", "value": "{{metadata.labels.color}}"}]'
    template = {
        "metadata": {"name": "settings-{{name}}"},
        "spec": {
            "project": "default",
            "source": {"repoURL": OWN, "path": "settings", "kustomize": {"patches": [{"patch": patch, "target": KIND}]}},
            "destination": {"server": "{{server}}", "namespace": "shop"},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}, "syncOptions": ["CreateNamespace=true"]},
        },
    }
    plain = {
        "spec": {
            "generators": [{"list": {"elements": [{"at": name} for name in world.planes]}}],
            "template": {
                "metadata": {"name": "web-{{at}}"},
                "spec": {
                    "project": "default",
                    "source": {"repoURL": OWN, "path": "manifests"},
                    "destination": {"name": "{{at}}", "namespace": "shop"},
                },
            },
        }
    }
    sets = {
        "argocd/settings.yaml": document(
            "ApplicationSet", "settings", "argocd", api=ARGO, spec={"generators": [CHOSEN], "template": template}
        ),
        "argocd/web.yaml": document("ApplicationSet", "web", "argocd", api=ARGO, **plain),
    }
    world.commit({**MANIFESTS, **clusters, **sets}, "namespace.yaml")
    take_over(world, "argocd")
    unmarked(world, ("argocd.argoproj.io/",))
    given_back(world)


def test_flux(world: ServerWorld) -> None:
    by_kind = {"Deployment": ("kustomize", "apps"), "ConfigMap": ("helm", "settings")}
    for name in world.planes:
        world.put_namespace(name)
        for text in (workload("web"), config("web-settings", color={"m1": "red", "m2": "blue"}[name])):
            part, owner = by_kind[json.loads(text)["kind"]]
            labels = {f"{part}.{FLUX}/name": owner, f"{part}.{FLUX}/namespace": "flux-system"}
            helm = {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": world.namespace}
            more = {"app.kubernetes.io/managed-by": "Helm"} if part == "helm" else {}
            deployed(world, name, text, f"{part}-controller", {**labels, **more}, helm if part == "helm" else {})
    source = {"kind": "GitRepository", "name": "flux-system"}
    files = {
        "flux/source.yaml": document("GitRepository", "flux-system", "flux-system", api=f"source.{FLUX}/v1", spec={"url": OWN})
    }
    for name in world.planes:
        where = {"interval": "5m", "kubeConfig": {"secretRef": {"name": f"{name}-kubeconfig"}}}
        files[f"flux/apps-{name}.yaml"] = document(
            "Kustomization", f"apps-{name}", "flux-system", api=f"kustomize.{FLUX}/v1",
            spec={**where, "path": "./manifests", "prune": True, "sourceRef": source},
        )  # fmt: skip
        files[f"flux/settings-{name}.yaml"] = document(
            "HelmRelease", f"settings-{name}", "flux-system", api=f"helm.{FLUX}/v2",
            spec={
                **where, "releaseName": "web", "targetNamespace": "shop", "install": {"createNamespace": True},
                "chart": {"spec": {"chart": "./charts/web", "sourceRef": source}},
                "values": {"color": {"m1": "red", "m2": "blue"}[name]},
            },
        )  # fmt: skip
    world.commit({**MANIFESTS, **CHART, **files}, "namespace.yaml")
    take_over(world, "flux")
    unmarked(world, ("kustomize.toolkit", "helm.toolkit", "meta.helm.sh"))
    given_back(world)
