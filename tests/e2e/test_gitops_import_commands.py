"""`import argocd` as a command: from a folder elsewhere, again, over edits of people, and of what is gone."""

from __future__ import annotations

import json
from pathlib import Path

from reconciler.documents.reader import read_one
from tests.support.fleet import World, cluster, document

ARGO = "argoproj.io/v1alpha1"
SETTINGS = "# ours\napiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec:\n  exclude: [docs]\n"


def application(name: str, version: str = "1.2.3") -> str:
    source = {"repoURL": "https://charts.example.com", "chart": name, "targetRevision": version}
    pointers = [{"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}]
    destination = {"name": "eu", "namespace": "shop"}
    return document(
        "Application",
        name,
        "argocd",
        api=ARGO,
        spec={"source": source, "destination": destination, "ignoreDifferences": pointers},
    )


def test_a_folder_is_imported_once_and_edits_of_people_stay(tmp_path: Path) -> None:
    world = World(tmp_path, {"reconciler.yaml": SETTINGS, "clusters/eu.yaml": cluster("eu")})
    folder = tmp_path / "argo"
    folder.mkdir()
    for name in ("web", "db"):
        (folder / f"{name}.yaml").write_text(application(name))
    (folder / "cluster.yaml").write_text(
        document("Secret", "eu", "argocd", labels={"argocd.argoproj.io/secret-type": "cluster"}, stringData={"name": "eu"})
    )
    place = ("argocd", "--from", str(folder))
    before = world.repo.git("rev-parse", "HEAD")
    planned = world.run("import", *place, "--dry-run")
    assert planned.code == 0, planned.err
    assert "created     imported/shop/web.yaml" in planned.out + planned.err
    assert world.repo.git("rev-parse", "HEAD") == before
    done = world.run("import", *place)
    assert done.code == 0, done.err
    assert "The files have 2 errors: run `reconciler update`" in done.out
    text = (world.repo.path / "reconciler.yaml").read_text()
    assert text.startswith("# ours\n")
    settings = read_one(text)["spec"]
    rule = {"group": "apps", "kind": "Deployment", "namespace": "shop", "jsonPointers": ["/spec/replicas"]}
    assert settings == {"exclude": ["docs"], "adopt": ["ArgoCD"], "ignoreDifferences": [rule]}

    web = world.repo.path / "imported/shop/web.yaml"
    world.commit({"imported/shop/web.yaml": web.read_text().replace("1.2.3", "1.3.0")})
    (folder / "db.yaml").unlink()
    again = world.run("import", *place, "-o", "json")
    assert again.code == 1
    files = again.json["files"]
    assert files == {
        "written": [],
        "unchanged": [],
        "differing": ["imported/shop/web.yaml"],
        "others": ["imported/shop/db.yaml"],
    }
    assert "1.3.0" in web.read_text()
    replaced = world.run("import", *place, "--overwrite")
    assert replaced.code == 0, replaced.err
    assert "1.2.3" in web.read_text()
    assert (world.repo.path / "imported/shop/db.yaml").exists()


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    world = World(tmp_path, {"reconciler.yaml": SETTINGS})
    missing = world.run("import", "argocd", "--from", str(tmp_path / "nowhere"))
    assert (missing.code, "nowhere is neither a folder nor a file" in missing.err) == (3, True)
    wrong = world.run("import", "flux", "--cluster", "eu")
    assert (wrong.code, "eu is not NAME=FOLDER" in wrong.err) == (2, True)
    nothing = world.run("import", "flux", "-o", "json")
    assert (nothing.code, nothing.json["files"]["written"]) == (0, [])
    assert json.loads(nothing.out)["read"] == {"objects": 0, "templates": 0, "clusters": 0}
