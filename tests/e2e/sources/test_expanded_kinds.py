"""Objects of Flux and Argo CD that the Configuration lists, from a registry and from the repository, with the real programs in
their jail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.parts.build import binary
from tests.support.fleet import World, document, fleet, override, policy, selector
from tests.support.githttp import serve_with
from tests.support.gitrepo import GitRepo
from tests.support.ociregistry import Registry
from tests.support.program import Ran

RELEASE, KUSTOMIZATION, ARGO = "helm.toolkit.fluxcd.io/v2", "kustomize.toolkit.fluxcd.io/v1", "argoproj.io/v1alpha1"
SOURCES = "source.toolkit.fluxcd.io/v1"
OWN = "https://git.example.com/shop/deploy.git"
HELM_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


def change(kind: str, api: str, path: str, value: object) -> str:
    operation = [{"path": path, "operator": "add", "value": value}]
    return override(f"for-{kind.lower()}", selector(kind, api=api), "m2", plaintext=operation)


class Listed(World):
    def __init__(self, folder: Path, registry: Registry, **spec: Any) -> None:
        self.registry, self.name = registry, f"tests/{uuid4().hex}"
        chart = {"chart": "web", "version": "^1.0", "sourceRef": {"kind": "HelmRepository", "name": "registry"}}
        own = {"kind": "GitRepository", "name": "own"}
        super().__init__(folder, {
            **fleet("m1", "m2"),
            "reconciler.yaml": document("Configuration", "", "", api="reconciler.dev/v1alpha1", spec=spec),
            "sources/registry.yaml": document(
                "HelmRepository", "registry", api=SOURCES, spec={"type": "oci", "url": f"oci://{registry.host}/{self.name}"}
            ),
            "sources/own.yaml": document("GitRepository", "own", api=SOURCES, spec={"url": OWN, "ref": {"branch": "main"}}),
            "web/release.yaml": document(
                "HelmRelease", "web", api=RELEASE,
                spec={"interval": "5m", "chart": {"spec": chart}, "values": {"autoscaling": {"enabled": False}}},
            ),
            "web/policy.yaml": policy("web", selector("HelmRelease", api=RELEASE)),
            "web/three.yaml": change("HelmRelease", RELEASE, "/spec/values/replicaCount", 3),
            "app/kustomization-of-flux.yaml": document(
                "Kustomization", "app", api=KUSTOMIZATION,
                spec={"path": "./overlays/prod", "prune": True, "sourceRef": own, "postBuild": {"substitute": {"color": "red"}}},
            ),
            "app/policy.yaml": policy("app", selector("Kustomization", api=KUSTOMIZATION)),
            "app/prefix.yaml": change("Kustomization", KUSTOMIZATION, "/spec/postBuild/substitute/color", "blue"),
            "argo/application.yaml": document("Application", "argo", api=ARGO, spec={
                "project": "default",
                "sources": [
                    {"repoURL": OWN, "path": "overlays/argo", "kustomize": {"namePrefix": "argo-"}},
                    {
                        "repoURL": f"{registry.host}/{self.name}", "chart": "web", "targetRevision": "^1.0",
                        "helm": {"releaseName": "second", "valueFiles": ["$envs/envs/prod.yaml"]},
                    },
                    {"repoURL": OWN, "ref": "envs"},
                ],
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
            }),
            "argo/policy.yaml": policy("argo", selector("Application", api=ARGO)),
            "overlays/base/kustomization.yaml": "resources: [color.yaml]\n",
            "overlays/base/color.yaml": document("ConfigMap", "color", data={"color": "${color:=none}"}),
            "envs/prod.yaml": "autoscaling: {enabled: false}\nreplicaCount: 2\n",
            "overlays/prod/kustomization.yaml": "resources: [../base, inner.yaml]\n",
            "overlays/prod/inner.yaml": document("HelmRelease", "inner", api=RELEASE, spec={
                "chart": {"spec": chart}, "values": {"autoscaling": {"enabled": False}, "replicaCount": 4},
                "postRenderers": [{"kustomize": {"patches": [
                    {"target": {"kind": "Deployment"},
                     "patch": '[{"op": "add", "path": "/metadata/labels/rendered", "value": "afterwards"}]'}
                ]}}],
            }),
            "overlays/argo/kustomization.yaml": "resources: [../base]\n",
        })  # fmt: skip

    def ask(self, command: str, *arguments: str) -> Ran:
        programs = ("--helm", str(binary("helm4")), "--kustomize", str(binary("kustomize"))) if command != "update" else ()
        places = ("--source-cache", str(self.folder / "cache"), "--plain-http", self.registry.host)
        return self.run(command, *places, *programs, *arguments)

    def held(self, member: str, kind: str) -> dict[str, Any]:
        return {one["metadata"]["name"]: one for one in self.live(member).values() if one["kind"] == kind}


def test_listed_objects_are_expanded_for_each_member(
    tmp_path: Path, registry: Registry, packaged: Callable[[str, str], Path]
) -> None:
    world = Listed(tmp_path, registry, expand=["Application", "HelmRelease", "Kustomization"], repository=OWN)
    registry.push(f"{world.name}/web", "1.2.0", {HELM_LAYER: packaged("web", "1.2.0").read_bytes()})
    issues = world.ask("validate", "-o", "json").json["issues"]
    assert [(one["reason"], one["file"]) for one in issues] == [
        ("SourceNotLocked", "app/kustomization-of-flux.yaml"),
        ("SourceNotLocked", "argo/application.yaml"),
        ("FieldNotExpanded", "argo/application.yaml"),
        ("SourceNotLocked", "overlays/prod/inner.yaml"),
        ("SourceNotLocked", "web/release.yaml"),
    ]
    ran = world.ask("update")
    assert ran.code == 0, ran.out + ran.err
    world.repo.commit("Update")
    ran = world.ask("sync")
    assert ran.code == 0, ran.out + ran.err
    deployments = {name: world.held(name, "Deployment") for name in ("m1", "m2")}
    replicas = {name: {key: one["spec"]["replicas"] for key, one in held.items()} for name, held in deployments.items()}
    assert replicas == {name: {"web": own, "inner-web": 4, "second-web": 2} for name, own in (("m1", 1), ("m2", 3))}
    labels = {key: one["metadata"]["labels"].get("rendered") for key, one in deployments["m1"].items()}
    assert labels == {"web": None, "inner-web": "afterwards", "second-web": None}
    colors = {name: {key: one["data"]["color"] for key, one in world.held(name, "ConfigMap").items()} for name in ("m1", "m2")}
    assert colors == {
        "m1": {"argo-color": "${color:=none}", "color": "red"},
        "m2": {"argo-color": "${color:=none}", "color": "blue"},
    }
    assert world.held("m1", "HelmRelease") == world.held("m1", "HelmRepository") == {}
    before = world.status_branch()
    assert world.ask("sync").code == 0
    assert world.status_branch() == before


def test_objects_that_are_not_listed_reach_members_as_they_are(tmp_path: Path, registry: Registry) -> None:
    kinds = [(RELEASE, "HelmRelease"), (KUSTOMIZATION, "Kustomization"), (ARGO, "Application"), (SOURCES, "HelmRepository"),
             (SOURCES, "GitRepository")]  # fmt: skip
    world = Listed(tmp_path, registry, kinds=[{"apiVersion": api, "kind": kind, "scope": "Namespaced"} for api, kind in kinds])
    ran = world.ask("sync")
    assert world.held("m1", "HelmRelease")["web"]["spec"]["interval"] == "5m"
    assert world.held("m2", "HelmRelease")["web"]["spec"]["values"]["replicaCount"] == 3
    assert world.held("m1", "Application").keys() == {"argo"}, ran.out + ran.err
    assert world.held("m1", "ConfigMap") == world.held("m1", "Deployment") == {}


def test_a_kustomization_of_another_repository_is_pinned_at_its_commit(tmp_path: Path, registry: Registry) -> None:
    """An overlay, and a folder without a kustomization; the branch moves only by `update`."""
    with serve_with(tmp_path / "served", "") as (host, _):
        other = GitRepo(tmp_path / "served" / "parts")
        color = document("ConfigMap", "color", data={"color": "red"})
        other.write({"overlay/kustomization.yaml": "resources: [../base]\n", "base/kustomization.yaml": "resources: [c.yaml]\n",
                     "base/c.yaml": color, "plain/p.yaml": color.replace('"color",', '"plain",', 1)})  # fmt: skip
        other.commit("One")
        source = {"kind": "GitRepository", "name": "parts"}
        world = Listed(tmp_path / "world", registry, expand=["Kustomization"], repository=OWN)
        world.repo.write({
            "sources/parts.yaml": document(
                "GitRepository", "parts", api=SOURCES, spec={"url": f"http://{host}/parts/.git", "ref": {"branch": "main"}}
            ),
            **{
                f"parts/{name}.yaml": document(
                    "Kustomization", name, api=KUSTOMIZATION,
                    spec={"path": f"./{name}", "targetNamespace": "shop", "sourceRef": source},
                )
                for name in ("overlay", "plain")
            },
            "parts/policy.yaml": policy("parts", selector("Kustomization", api=KUSTOMIZATION)),
        })  # fmt: skip
        for folder in ("web", "argo", "app", "envs"):
            world.repo.git("rm", "-rq", folder)
        world.repo.commit("Only this")
        for color_wanted, update in (("red", True), ("red", False), ("blue", True)):
            if update:
                ran = world.ask("update", "--plain-http", host)
                assert ran.code == 0, ran.out + ran.err
                world.repo.commit("Update")
            ran = world.ask("sync", "--plain-http", host)
            assert ran.code == 0, ran.out + ran.err
            held = {name: one["data"]["color"] for name, one in world.held("m1", "ConfigMap").items()}
            assert held == {"color": color_wanted, "plain": "red"}
            other.write({"base/c.yaml": color.replace("red", "blue")})
            other.commit("Two")
