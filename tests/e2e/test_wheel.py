"""The wheel, built from a copy of the project and installed elsewhere, is complete: it validates and plays the example in it.

No index is asked: the build runs without isolation, and the dependencies are this environment's, through a .pth file.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.gitrepo import GitRepo
from tests.support.program import PROJECT, clean_environment

SOURCES = ("reconciler", "schemas", "example-repo", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")


@dataclass(frozen=True)
class Installed:
    folder: Path
    wheel: Path

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """The installed program; nothing of the checkout is on its path."""
        environment = {name: value for name, value in clean_environment().items() if name != "PYTHONPATH"}
        program = self.folder / "bin" / "reconciler"
        return subprocess.run([program, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)

    def python(self, code: str, cwd: Path) -> str:
        environment = {name: value for name, value in clean_environment().items() if name != "PYTHONPATH"}
        command = [self.folder / "bin" / "python", "-c", code]
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def sources(*places: str) -> Iterator[str]:
    """The files that belong to the project, relative to its top."""
    for place in places:
        top = PROJECT / place
        for path in (top,) if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield str(path.relative_to(PROJECT))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    for path in sources(*SOURCES):
        target = folder / "source" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((PROJECT / path).read_bytes())
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(folder / "source")]
    subprocess.run(build, env=clean_environment(), capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    place = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", str(place / "bin" / "python")]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], env=clean_environment(), check=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(place), "platbase": str(place)})
    # A plain line adds a folder to sys.path, behind the venv's own, and reads no .pth file in it: the checkout stays unknown.
    (Path(packages) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installed(place, wheel)


def test_the_wheel_carries_what_it_needs(installed: Installed) -> None:
    held = set(zipfile.ZipFile(installed.wheel).namelist())
    assert set(sources("reconciler")) <= held
    assert {f"reconciler/_data/{path}" for path in sources("schemas", "example-repo")} <= held
    assert not [name for name in held if name.startswith(("tests", "benchmarks")) or "__pycache__" in name]


def test_its_files_are_its_own(installed: Installed, tmp_path: Path) -> None:
    code = "from reconciler.load.schemas.karmada import schema_folder; from reconciler.cli.example import example_repository"
    code += "; print(schema_folder()); print(example_repository())"
    places = installed.python(code, tmp_path).splitlines()
    assert len(places) == 2
    assert all(Path(place).is_relative_to(installed.folder) for place in places)


def test_it_validates_the_example(installed: Installed, tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "config")
    for path in sources("example-repo"):
        repo.write({path.removeprefix("example-repo/"): (PROJECT / path).read_bytes()})
    repo.commit("The shop")
    (tmp_path / "elsewhere").mkdir()
    ran = installed.run("validate", "--repo", str(repo.path), cwd=tmp_path / "elsewhere")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("0 errors, 0 warnings\n")


def test_it_plays_the_demo(installed: Installed, tmp_path: Path) -> None:
    """What the README promises: a first sync, a move, a scaling, an override, each shown as a diff and a sync."""
    ran = installed.run("demo", "--folder", str(tmp_path / "demo"), cwd=tmp_path)
    assert (ran.returncode, "Traceback" in ran.stderr) == (0, False), ran.stderr
    shown = [line for line in ran.stdout.splitlines() if line.startswith(("== ", "$ "))]
    assert [line for line in shown if line.startswith("$ ")] == [
        "$ reconciler validate",
        "$ reconciler sync",
        "$ reconciler status",
        *["$ reconciler diff HEAD~1 HEAD", "$ reconciler sync"] * 3,
        "$ reconciler sync",
    ]
    assert "move" in ran.stdout.partition("Move nginx")[2].partition("== ")[0]
    assert "scale Deployment.apps shop/nginx: 2 → 3 on member2" in ran.stdout
    assert "mirror.eu.example.com" in ran.stdout
    assert "nothing new to record" in ran.stderr
    members = tmp_path / "demo" / "config.members"
    assert not (members / "member1/shop/Deployment.apps/nginx.yaml").exists()
    moved = (members / "member2/shop/Deployment.apps/nginx.yaml").read_text()
    assert "replicas: 3" in moved
    log = subprocess.run(
        ["git", "log", "--oneline", "reconciler/status"], cwd=tmp_path / "demo/config", capture_output=True, check=True
    )
    assert len(log.stdout.splitlines()) == 4
    again = installed.run("demo", "--folder", str(tmp_path / "demo"), cwd=tmp_path)
    assert again.returncode == 2
