"""Completion in a real bash, and by the real kubectl, which also runs the program as its plugin."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fleet import World, fleet, placed
from tests.support.program import PROJECT, clean_environment
from tests.support.real_kubectl import KUBECTL

_MOST_CPU = 2.0
"""Seconds; the goal is 0.3, and this machine may be shared."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("completion"), {**fleet("m1", "m2"), **placed("web", "m1")})
    assert world.sync().code == 0
    return world


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of PATH with the programs, as an installation makes them."""
    folder = tmp_path_factory.mktemp("bin")
    entries = {
        "reconciler": "reconciler.cli.main:main",
        "kubectl-reconciler": "reconciler.cli.main:kubectl_main",
        "kubectl_complete-reconciler": "reconciler.cli.completion.answer:kubectl_main",
    }
    for name, entry in entries.items():
        module, _, function = entry.partition(":")
        script = folder / name
        script.write_text(f"#!{sys.executable}\nfrom {module} import {function}\n{function}()\n")
        script.chmod(0o755)
    (folder / "kubectl").symlink_to(KUBECTL)
    return folder


def bash(script: str, folder: Path, programs: Path) -> str:
    environment = clean_environment(PATH=f"{programs}:/usr/bin:/bin", HOME=str(folder))
    done = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def completed(line: str) -> str:
    """A script that completes a line as bash does, and prints what it found."""
    words = line.split(" ")
    return f"""
COMP_WORDS=({" ".join(f"'{word}'" for word in words)}) COMP_CWORD={len(words) - 1}
_reconciler_completion reconciler
echo "${{COMPREPLY[@]}}"
"""


def test_bash_completes_commands_options_and_names(world: World, programs: Path) -> None:
    lines = [
        "reconciler sta",
        "reconciler cordon m",
        "reconciler get deploy w",
        "reconciler status --unh",
        "reconciler get po -n s",
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    script = 'eval "$(_RECONCILER_COMPLETE=source_bash reconciler)"\n' + "".join(map(completed, lines))
    out = bash(script, world.repo.path, programs)
    assert out.splitlines() == ["status", "m1 m2", "web", "--unhealthy", "shop"]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < _MOST_CPU * (len(lines) + 1)


def test_kubectl_runs_and_completes_its_plugin(world: World, programs: Path) -> None:
    out = bash("kubectl reconciler --version; kubectl reconciler status -o json | head -1", world.repo.path, programs)
    assert out.startswith("reconciler ")
    assert "{" in out
    listed = bash("kubectl __complete reconciler cordon m 2>/dev/null", world.repo.path, programs)
    assert listed.splitlines() == ["m1", "m2", ":4"]
    helped = bash("kubectl reconciler get --help", world.repo.path, programs)
    assert helped.startswith("Usage: kubectl reconciler get")


def test_the_installed_programs_are_those() -> None:
    """The names that this test writes are those of `pyproject.toml`."""
    text = (PROJECT / "pyproject.toml").read_text()
    for line in (
        'kubectl-reconciler = "reconciler.cli.main:kubectl_main"',
        '"kubectl_complete-reconciler" = "reconciler.cli.completion.answer:kubectl_main"',
    ):
        assert line in text
