"""`diff --with`: what an upgrade changes on all members, before it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from reconciler import __version__
from reconciler.load.schemas.kubernetes_kinds import kinds_of, releases
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.review.upgrade import as_served_by
from tests.e2e.layouts.restored import restore
from tests.parts.build import binary
from tests.support.fleet import World, cluster_policy, config, document, fleet, placed, policy, secret, selector

MEMBERS = ("m1", "m2")


@pytest.fixture
def world(tmp_path: Path) -> World:
    files = {
        **fleet(*MEMBERS),
        **placed("web", *MEMBERS),
        "secret.yaml": secret("password", password="hush"),
        "p-secret.yaml": policy("password", selector("Secret"), "m1"),
    }
    return World(tmp_path, files)


def program(folder: Path, change: str = "") -> Path:
    """This program as another version of itself; change: lines that change its document."""
    path = folder / "bin" / "reconciler"
    path.parent.mkdir(parents=True)
    path.write_text(
        f"""#!{sys.executable}
import io, json, sys
from contextlib import redirect_stdout
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from reconciler.cli.main import main
if sys.argv[1:] == ["version"]:
    print("reconciler 9.9.9")
    sys.exit()
out = io.StringIO()
try:
    with redirect_stdout(out):
        main(sys.argv[1:])
except SystemExit as leaving:
    code = leaving.code
document = json.loads(out.getvalue())
{change}
print(json.dumps(document))
sys.exit(code)
"""
    )
    path.chmod(0o755)
    return path


def changes(shown: Any) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(one["change"], one["object"]["name"], tuple(one["clusters"])) for one in shown["differences"]}


CHANGE = """
for name, manifests in document.items():
    for one in manifests:
        if one["kind"] == "Deployment":
            one["spec"]["minReadySeconds"] = 5
document["m1"] = [one for one in document["m1"] if one["kind"] != "Secret"]
document["m2"].append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new", "namespace": "shop"}})
"""


def test_another_version_of_this_program(tmp_path: Path, world: World) -> None:
    same = program(tmp_path / "same")
    ran = world.run("diff", "--with", str(same), "--exit-code")
    assert (ran.code, "No differences with reconciler" in ran.out) == (0, True), ran
    other = program(tmp_path / "other", CHANGE)
    ran = world.run("diff", "--with", str(other.parents[1]), "-o", "json", "--exit-code")
    assert ran.code == 1, ran.err
    assert changes(ran.json) == {
        ("change", "web", MEMBERS),
        ("remove", "password", ("m1",)),
        ("create", "new", ("m2",)),
    }
    assert "hush" not in ran.out + json.dumps(ran.json)
    text = world.run("diff", "--with", str(other)).out
    assert "minReadySeconds: 5" in text
    assert "1 to create, 2 to change, 1 to remove on 2 clusters" in text


def test_a_version_is_found_where_people_install_it(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    program(tmp_path / "home" / ".local" / "share" / "uv" / "tools" / "reconciler", CHANGE)
    assert world.run("diff", "--with", "9.9.9", "--stat", "--exit-code").code == 1
    ran = world.run("diff", "--with", __version__)
    assert (ran.code, "is installed in a usual place" in ran.err) == (3, True)


def test_a_program_that_does_not_render(tmp_path: Path, world: World) -> None:
    broken = program(tmp_path / "broken", "document = 5")
    assert "did not render the revision" in world.run("diff", "--with", str(broken)).err
    assert world.run("diff", "--with", str(tmp_path / "nowhere")).code == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("--with", "kubernetes=1.2"),
        ("--with", "docker=/bin/true"),
        ("--with", "helm=/nowhere"),
        ("HEAD", "HEAD", "--with", "9.9.9"),
        ("--with", "9.9.9", "--live"),
    ],
)
def test_what_cannot_be_compared_is_wrong_usage(world: World, arguments: tuple[str, ...]) -> None:
    assert world.run("diff", *arguments).code == 2


def test_members_of_another_release_serve_its_kinds_and_their_own() -> None:
    newest, oldest = releases()[0], releases()[-1]
    widget = GroupVersionKind("example.com", "v1", "Widget")
    gone = set(kinds_of(oldest)) - set(kinds_of(newest))
    assert gone
    m1, m2, folder = (ClusterName(name) for name in ("m1", "m2", "folder"))
    clusters = {
        m1: RecordedCluster(m1, "", version=f"v{oldest}.1", apis=frozenset({*kinds_of(oldest), widget})),
        m2: RecordedCluster(m2, ""),
        folder: RecordedCluster(folder, "", addresses={"spec.apiEndpoint": "file:folder"}),
    }
    after = as_served_by(RecordedState(clusters=clusters), newest).clusters
    assert after[m1].apis == frozenset({*kinds_of(newest), widget})
    assert after[m1].version == f"v{newest}.0"
    assert (after[m2].apis, after[folder]) == (None, clusters[folder])


def test_another_release_of_kubernetes(tmp_path: Path) -> None:
    """The members of the bundle are API servers of 1.36, with recorded discovery."""
    world = restore(tmp_path, "layout2-servers.bundle")
    classes = document("DeviceClass", "gpu", "", api="resource.k8s.io/v1", spec={})
    claim = cluster_policy("gpu", selector("DeviceClass", api="resource.k8s.io/v1"), "m1", "m2")
    world.commit({"gpu.json": classes, "p-gpu.json": claim})
    ran = world.run("diff", "--with", f"kubernetes={releases()[0]}", "-o", "json")
    assert (ran.code, ran.json["differences"], ran.json["with"]) == (0, [], f"kubernetes {releases()[0]}"), ran.err
    ran = world.run("diff", "--with", "kubernetes=1.30", "-o", "json")
    assert (ran.code, changes(ran.json)) == (3, set()), "copies that are there stay"
    assert "DeviceClass is not served by m1, m2 any more" in ran.json["errors"][0]["message"]


def test_another_helm(tmp_path: Path) -> None:
    """A chart that shows which one rendered it."""
    template = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "v"},
        "data": {"helm": "{{ .Capabilities.HelmVersion.Version }}"},
    }
    files = {
        **fleet(*MEMBERS),
        "namespace.yaml": document("Namespace", "shop", ""),
        "charts/v/Chart.yaml": "apiVersion: v2\nname: v\nversion: 1.0.0\n",
        "charts/v/templates/v.yaml": json.dumps(template),
        "v.yaml": document("Chart", "v", api="reconciler.dev/v1alpha1", spec={"chart": {"path": "charts/v"}}),
        "policy.yaml": policy("v", selector("Chart", api="reconciler.dev/v1alpha1"), *MEMBERS),
    }
    world, helm3, helm4 = World(tmp_path, files), str(binary("helm3")), str(binary("helm4"))
    ran = world.run("diff", "--helm", helm3, "--with", f"helm={helm4}", "-o", "json")
    assert (ran.code, changes(ran.json)) == (0, {("change", "v", MEMBERS)}), ran.err
    (shown,) = ran.json["differences"]
    assert [shown[side]["data"]["helm"][:3] for side in ("before", "after")] == ["v3.", "v4."]
    assert world.run("diff", "--helm", helm3, "--with", f"helm={helm3}", "--exit-code").code == 0


def test_another_kustomize(tmp_path: Path) -> None:
    """A label shows which one built it. The other one is a copy whose release is another."""
    shown = {
        "c/kustomization.yaml": "resources: [c.yaml]\nbuildMetadata: [managedByLabel]\n",
        "c/c.yaml": config("c", a="1"),
        "k.yaml": document("Kustomize", "c", api="reconciler.dev/v1alpha1", spec={"path": "c"}),
        "policy.yaml": policy("c", selector("Kustomize", api="reconciler.dev/v1alpha1"), *MEMBERS),
    }
    world = World(tmp_path, {**fleet(*MEMBERS), "namespace.yaml": document("Namespace", "shop", ""), **shown})
    old, new = binary("kustomize"), tmp_path / "kustomize"
    (release,) = {*re.findall(rb"\nmod\tsigs.k8s.io/kustomize/kustomize/v5\t(v[\d.]+)\t", old.read_bytes())}
    newer = re.sub(rb"\d", b"9", release)
    new.write_bytes(old.read_bytes().replace(release, newer))
    new.chmod(0o755)
    ran = world.run("diff", "--kustomize", str(old), "--with", f"kustomize={new}", "-o", "json")
    assert (ran.code, changes(ran.json)) == (0, {("change", "c", MEMBERS)}), ran.err
    (found,) = ran.json["differences"]
    labels = [found[side]["metadata"]["labels"]["app.kubernetes.io/managed-by"] for side in ("before", "after")]
    assert labels == [f"kustomize-{release.decode()}", f"kustomize-{newer.decode()}"]
    assert world.run("diff", "--kustomize", str(old), "--with", f"kustomize={old}", "--exit-code").code == 0
