"""On real API servers: what Argo CD and Flux wrote is imported from files, taken over in one request for each object, and no Pod
restarts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.documents.reader import read_one
from tests.parts.build import binary
from tests.support.fleet import config, document, workload
from tests.support.karmada import KarmadaServer
from tests.support.program import Ran
from tests.support.servers import DIGEST, ID, INSTANCE, ServerWorld, eventually
from tests.support.shadow import assert_no_differences

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
    return world.run(command, *(() if command == "import" else programs(world, tool)), *arguments)


def programs(world: ServerWorld, tool: str) -> list[str]:
    """Options of what expands charts and kustomizations."""
    return [*(f"--{name}={binary(part)}" for name, part in PROGRAMS[tool]), "--cache", str(world.folder / "cache")]


def commit_mode(world: ServerWorld, mode: str) -> None:
    settings = read_one((world.repo.path / "reconciler.yaml").read_text())
    world.commit({"reconciler.yaml": json.dumps({**settings, "spec": {**settings["spec"], "mode": mode}})})


def take_over(world: ServerWorld, tool: str, *arguments: str) -> None:
    """Imports, compares, takes over; fails where anything but marks changes, or an object is written twice."""
    eventually(lambda: sum("pods/" in key for _, key in states(world)) == 4, seconds=120)
    before = states(world)
    done = ran(world, tool, "import", tool, "--this-repository", OWN, *arguments)
    assert done.code == 0, done.out + done.err
    again = ran(world, tool, "import", tool, "--this-repository", OWN, *arguments, "-o", "json").json
    assert (again["files"]["written"], again["files"]["differing"]) == ([], [])
    assert_no_differences(world, 2, *programs(world, tool))
    commit_mode(world, "Observe")
    since = world.audited()
    observed = ran(world, tool, "sync")
    assert observed.code == 0, observed.out + observed.err
    assert "nothing was written. 0 differences. 4 objects would only be marked as ours." in observed.out + observed.err
    assert [one for one in world.writes(since) if "dryRun" not in one] == []
    commit_mode(world, "Apply")
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
    assert ran(world, tool, "diff", "HEAD", "HEAD", "--live").out == "No differences.\n"


def given_back(world: ServerWorld) -> None:
    """Everything is as it was, without our marks."""
    before = states(world)
    commit_mode(world, "Observe")
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


KINDS = (
    ("argoproj.io", "v1alpha1", "Application", "applications", True),
    ("argoproj.io", "v1alpha1", "ApplicationSet", "applicationsets", True),
    (f"source.{FLUX}", "v1", "HelmRepository", "helmrepositories", True),
    (f"helm.{FLUX}", "v2", "HelmRelease", "helmreleases", True),
)
CHARTS = "https://charts.example.com"


@pytest.mark.members("m1")
def test_both_are_read_from_their_cluster_and_not_written(world: ServerWorld) -> None:
    world.put_namespace("m1")
    plane = world.planes["m1"]
    server = KarmadaServer(plane, KINDS)
    server.start()
    source = {"repoURL": CHARTS, "chart": "web", "targetRevision": "1.2.3"}
    spec = {"project": "default", "source": source, "destination": {"name": "eu", "namespace": "shop"}}
    release = {"chart": {"spec": {"chart": "web", "version": "1.2.3", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}}
    where = {"kubeConfig": {"secretRef": {"name": "us-kubeconfig"}}}
    objects = {
        f"argoproj.io/v1alpha1/namespaces/{world.namespace}/applications": [
            document("Application", f"web-{number}", api=ARGO, spec=spec) for number in range(3)
        ],
        f"source.{FLUX}/v1/namespaces/{world.namespace}/helmrepositories": [
            document("HelmRepository", "charts", api=f"source.{FLUX}/v1", spec={"url": CHARTS})
        ],
        f"helm.{FLUX}/v2/namespaces/{world.namespace}/helmreleases": [
            document("HelmRelease", "web", api=f"helm.{FLUX}/v2", spec={**release, **where})
        ],
    }
    labels = {"argocd.argoproj.io/secret-type": "cluster", "env": "prod"}
    world.put("m1", "secrets", document("Secret", "eu", labels=labels, stringData={"name": "eu", "server": "https://eu"}))
    world.put("m1", "secrets", document("Secret", "other", stringData={"name": "other", "server": "https://other"}))
    try:
        for path, texts in objects.items():
            for text in texts:
                world.put("m1", f"/apis/{path}", text)
        since = world.audited()
        kubeconfig = ("--kubeconfig", str(plane.kubeconfig), "-o", "json")
        argocd = world.run("import", "argocd", *kubeconfig)
        flux = world.run("import", "flux", *kubeconfig)
        asked = world.requests(since, "m1")
    finally:
        server.stop()
    assert (argocd.code, flux.code) == (0, 0), argocd.err + flux.err
    assert argocd.json["files"]["written"] == [
        "clusters/eu.yaml", *(f"imported/{world.namespace}/web-{number}.yaml" for number in range(3))
    ]  # fmt: skip
    assert flux.json["files"]["written"] == ["clusters/us.yaml", f"imported/{world.namespace}/web.yaml"]
    written = (world.repo.path / "clusters/eu.yaml").read_text()
    assert "env: prod" in written
    assert "https" not in written
    verbs = {one.partition(" ")[0] for one in asked}
    assert verbs <= {"get", "list"}, verbs
    secrets = [one for one in asked if "/secrets" in one]
    assert len(secrets) == 1
    assert "labelSelector=argocd.argoproj.io" in secrets[0]
