"""What stands in a tree and is no file, what leads out of it, and more files than anybody reads."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.hostile.harness import DONE, FILES, MEMBER, MEMORY, NO, POLICY, WEB, Fleet, remedy_of
from tests.support.fleet import config, document, policy, selector

CANARY = "c4n4ry-of-the-host"


def link(fleet: Fleet, path: str, target: Path | str) -> None:
    place = fleet.repo.path / path
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink()
    place.symlink_to(target)
    fleet.repo.commit()


def host_file(fleet: Fleet) -> Path:
    """Beside the repository: a manifest that would be applied if anybody followed a link to it."""
    file = fleet.folder / "host" / "secret.yaml"
    file.parent.mkdir()
    file.write_text(config("stolen", key=CANARY) + "---\n" + FILES[WEB])
    return file


def held_anywhere(fleet: Fleet, text: str) -> list[Path]:
    """The files below the fleet's folder, objects of its repository decompressed, that hold a text; the host's aside."""
    below = (fleet.members, fleet.repo.path / ".git" / "refs")
    found = [path for folder in below for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
    every = fleet.repo.git("cat-file", "--batch-all-objects", "--batch", "--buffer")
    return found + ([fleet.repo.path] if text in every else [])


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        *((WEB, kind) for kind in ("absolute", "relative", "inside", "dangling", "to itself")),
        *((path, "absolute") for path in (POLICY, MEMBER, "namespace.yaml")),
    ],
)
def test_a_manifest_becomes_a_link(fleet: Fleet, path: str, kind: str) -> None:
    file = host_file(fleet)
    up = "../" * (path.count("/") + 1)
    target = {
        "absolute": file, "relative": f"{up}host/secret.yaml", "inside": f"{up}config/apps/api/workload.yaml",
        "dangling": "nowhere.yaml", "to itself": Path(path).name,
    }[kind]  # fmt: skip
    link(fleet, path, target)
    ran = fleet.runs()
    assert not held_anywhere(fleet, CANARY)
    assert not any(CANARY in one.out + one.err for one in ran)
    fleet.assert_refused(ran, path, "SymbolicLink")


@pytest.mark.parametrize(
    ("folder", "target"),
    [("apps/web", "../../host"), ("apps/web", "."), ("apps/web", "../.git"), ("apps", "/etc"), ("clusters", "../host")],
)
def test_a_folder_becomes_a_link(fleet: Fleet, folder: str, target: str) -> None:
    host_file(fleet)
    link(fleet, folder, target)
    ran = fleet.runs()
    assert not held_anywhere(fleet, CANARY)
    fleet.assert_refused(ran, folder, "NotLookedInto")


def submodule(fleet: Fleet, path: str, url: str) -> None:
    shutil.rmtree(fleet.repo.path / path, ignore_errors=True)
    (fleet.repo.path / ".gitmodules").write_text(f'[submodule "x"]\n\tpath = {path}\n\turl = {url}\n')
    fleet.repo.git("add", "--all")
    fleet.repo.git("update-index", "--add", "--cacheinfo", f"160000,{fleet.good},{path}")
    fleet.repo.git("commit", "--quiet", "--message=Submodule")


@pytest.mark.parametrize("folder", ["apps/web", "apps", "clusters"])
def test_a_folder_becomes_a_submodule(fleet: Fleet, folder: str) -> None:
    """It is not fetched either: its URL would run a program."""
    trace = fleet.folder / "ran"
    submodule(fleet, folder, f"ext::sh -c touch% {trace}")
    ran = fleet.runs()
    assert not trace.exists()
    assert all(f"{folder}: warning: submodules are not read [Submodule]" in one.err for one in ran)
    fleet.assert_refused(ran, folder, "NotLookedInto")


def test_a_submodule_beside_the_manifests_is_only_mentioned(fleet: Fleet) -> None:
    submodule(fleet, "vendor", "https://example.com/vendor.git")
    for ran in fleet.runs():
        assert ran.code == DONE
        assert "vendor: warning: submodules are not read [Submodule]" in ran.err
    assert fleet.unharmed()


@pytest.mark.parametrize("what", ["link", "submodule", "pointer", "50 MB"])
def test_the_remedy_of_leaving_it_out(fleet: Fleet, what: str) -> None:
    """spec.exclude says that what was declared there is to go: nothing is protected, nothing is complained about."""
    exclude = document("Configuration", "c", "", api="reconciler.dev/v1alpha1", spec={"exclude": ["apps/web/**"]})
    fleet.repo.write({"reconciler.yaml": exclude})
    match what:
        case "link":
            link(fleet, WEB, "/etc/passwd")
        case "submodule":
            submodule(fleet, "apps/web", "https://example.com/vendor.git")
        case "pointer":
            fleet.commit({WEB: "version https://git-lfs.github.com/spec/v1\n"})
        case "50 MB":
            fleet.commit({WEB: "#" * 50_000_000})
    validated, compared, synced = fleet.runs()
    assert (validated.code, validated.err) == (DONE, "")
    assert (compared.code, synced.code, synced.err.count("\n")) == (DONE, DONE, 1)
    assert "shop/Deployment.apps/web" not in fleet.live("m1")
    assert "shop/Deployment.apps/api" in fleet.live("m1")


def odd_folder(fleet: Fleet, name: str) -> None:
    """A commit with a folder of this name, which git itself would never make; in it a manifest."""

    def ask(*command: str, said: str) -> str:
        done = subprocess.run(["git", *command], input=said.encode(), cwd=fleet.repo.path, capture_output=True, check=True)
        return done.stdout.decode().strip()

    blob = ask("hash-object", "-w", "--stdin", said=config("astray") + "---\n" + FILES[WEB])
    folder = ask("mktree", said=f"100644 blob {blob}\tescape.yaml\n")
    rows = [row for row in fleet.repo.git("ls-tree", "HEAD").splitlines() if not row.endswith("\tapps")]
    tree = ask("mktree", said="\n".join([*rows, f"040000 tree {folder}\t{name}\n"]))
    fleet.repo.git("update-ref", "HEAD", fleet.repo.git("commit-tree", tree, "-p", "HEAD", "-m", "Odd"))


@pytest.mark.parametrize("name", ["..", ".", ".git", ".GIT"])
def test_a_path_that_leads_out_of_the_tree(fleet: Fleet, name: str) -> None:
    everything = {path for path in fleet.folder.rglob("*") if ".git" not in path.parts}
    odd_folder(fleet, name)
    fleet.assert_refused(fleet.runs(), f"{name}/escape.yaml", "PathAstray")
    assert {path for path in fleet.folder.rglob("*") if ".git" not in path.parts} == everything


def test_a_path_without_a_name(fleet: Fleet) -> None:
    odd_folder(fleet, "")
    for ran in fleet.runs():
        fleet.assert_impossible(ran, "empty filename", "git fsck --full")


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        (config("../../../escape"), "x.yaml:1", "InvalidName"),
        (config("x", namespace="../.."), "x.yaml:1", "InvalidName"),
        (document("../../escape", "x"), "x.yaml:1", "UnknownKind"),
        (document("ConfigMap", "x", api="../../v1"), "x.yaml:1", "UnknownKind"),
        (document("Cluster", "../m3", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Push", "apiEndpoint": "file:m3"}),
         "x.yaml:5", "InvalidValue"),
        (document("Cluster", "m3", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Push", "apiEndpoint": "file:../m3"}),
         "x.yaml:1", "InvalidEndpoint"),
    ],
)  # fmt: skip
def test_a_name_that_leads_out_of_a_member(fleet: Fleet, text: str, place: str, reason: str) -> None:
    everything = set(fleet.folder.rglob("*"))
    fleet.commit({"x.yaml": text, "p.yaml": policy("all", selector("ConfigMap"))})
    ran = fleet.run("sync")
    assert remedy_of(ran, place, reason)
    new = set(fleet.folder.rglob("*")) - everything
    assert {path for path in new if ".git" not in path.parts} == {fleet.repo.path / "x.yaml", fleet.repo.path / "p.yaml"}
    assert fleet.unharmed()


def many(fleet: Fleet, count: int) -> None:
    """A commit with this many small files that are no manifests, and with a broken one."""
    stream = [b"blob\nmark :%d\ndata 9\nn: %05d\n\n" % (number + 1, number) for number in range(1000)]
    stream.append(b"commit refs/heads/main\ncommitter A <a@example.org> 1750009999 +0000\ndata 4\nMany\nfrom refs/heads/main^0\n")
    stream += [b"M 100644 :%d many/%d/%d.yaml\n" % (number % 1000 + 1, number // 1000, number) for number in range(count)]
    stream.append(f"M 100644 inline {WEB}\ndata 8\nkind: ]\n\n".encode())
    subprocess.run(["git", "fast-import", "--quiet"], cwd=fleet.repo.path, input=b"".join(stream), check=True)


def test_a_hundred_thousand_small_files(fleet: Fleet) -> None:
    """Every one is complained about, the broken manifest among them is, too, and the memory of a small machine suffices."""
    many(fleet, 100_000)
    (synced,) = fleet.within(["sync"], memory=MEMORY)
    assert synced.code == NO
    assert remedy_of(synced, f"{WEB}:1", "Syntax")
    assert synced.err.count("[NotAnObject]") == 100_000
    assert fleet.unharmed()
    fleet.repo.git("update-ref", "refs/heads/main", fleet.good)
    assert fleet.sync().code == DONE
