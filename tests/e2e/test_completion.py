"""Completion in a real bash, zsh and fish, and by the real kubectl, which also runs the program as its plugin."""

from __future__ import annotations

import os
import pty
import re
import resource
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.parts.debian import fish, zsh
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


LINES = {"reconciler stat": "status", "reconciler cordon m": "m1 m2", "reconciler get deploy w": "web"}
"""What is typed → what completes its last word."""


def test_fish_completes_the_same(world: World, programs: Path) -> None:
    asked = "\n".join(f"string join ' ' (complete --do-complete '{line}' | string split -f 1 \\t)" for line in LINES)
    script = f"_RECONCILER_COMPLETE=source_fish reconciler | source\n{asked}\n"
    environment = clean_environment(PATH=f"{programs}:/usr/bin:/bin", HOME=str(world.folder))
    done = subprocess.run(
        [fish(), "--no-config", "-c", script],
        cwd=world.repo.path, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines() == list(LINES.values()), done.stderr


def test_zsh_completes_the_same_at_its_prompt(world: World, programs: Path) -> None:
    """A word with one completion is completed; of one with several, zsh inserts what they have in common and lists them."""
    environment = clean_environment(PATH=f"{programs}:/usr/bin:/bin", HOME=str(world.folder), TERM="dumb", PROMPT="ready> ")
    ours, theirs = pty.openpty()
    terminal: dict[str, Any] = {"stdin": theirs, "stdout": theirs, "stderr": theirs, "start_new_session": True}
    with subprocess.Popen([zsh(), "-f", "-i"], cwd=world.repo.path, env=environment, **terminal) as shell:
        os.close(theirs)
        try:
            tell(ours, "autoload -Uz compinit && compinit -u; setopt list_ambiguous no_auto_menu no_beep; PS1='ready> '\n")
            tell(ours, 'eval "$(_RECONCILER_COMPLETE=source_zsh reconciler)"; echo be""gin\n')
            heard(ours, "begin")
            tell(ours, "reconciler stat\t")
            heard(ours, "reconciler status")
            tell(ours, "\x15reconciler get deploy w\t")
            heard(ours, "get deploy web")
            tell(ours, "\x15reconciler cordon m\t\t")
            said = heard(ours, "m2")
            assert "m1" in said
        finally:
            shell.kill()
    os.close(ours)


def tell(terminal: int, text: str) -> None:
    os.write(terminal, text.encode())


def heard(terminal: int, wanted: str) -> str:
    """What is printed until these words are there, without what moves the cursor."""
    said = b""
    while wanted not in plain(said):
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, plain(said)
        said += os.read(terminal, 4096)
    return plain(said)


def plain(said: bytes) -> str:
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.decode(errors="replace"))
    while "\b" in text:
        text = re.sub(r"[^\b]\b|^\b", "", text)
    return text


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
