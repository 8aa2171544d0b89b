"""Where the programs of the tests come from, and what happens where they cannot be had."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from tests.parts import build

WRITES_ITS_OUTPUT = """#!/bin/sh
if [ "$1" = env ]; then echo go1.26.6; exit; fi
for last; do :; done
while [ "$1" != -o ]; do shift; done
echo "$last" >> "$LOG"
echo built > "$2"; chmod +x "$2"
"""
FAILS = """#!/bin/sh
if [ "$1" = env ]; then echo go1.26.6; exit; fi
while [ "$1" != -o ]; do shift; done
echo half > "$2"
echo "no such module" >&2; exit 1
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One with an empty cache, whose Go is a script."""
    for name, value in {"XDG_CACHE_HOME": "cache", "LOG": "log"}.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    (tmp_path / "bin").mkdir()
    return tmp_path


def with_go(machine: Path, script: str) -> None:
    go = machine / "bin" / "go"
    go.write_text(script)
    go.chmod(0o755)


def test_built_once_and_found_afterwards(machine: Path) -> None:
    with_go(machine, WRITES_ITS_OUTPUT)
    first = build.binaries(build.CONTROL_PLANE)
    assert tuple(first) == build.CONTROL_PLANE
    assert all(path.stat().st_mode & stat.S_IXUSR for path in first.values())
    assert build.binaries(build.CONTROL_PLANE) == first
    assert len((machine / "log").read_text().splitlines()) == len(build.CONTROL_PLANE)


def test_a_build_that_fails_fails_and_leaves_nothing_that_looks_built(machine: Path) -> None:
    with_go(machine, FAILS)
    with pytest.raises(build.BuildError, match="no such module"):
        build.binaries(build.CONTROL_PLANE)
    with_go(machine, WRITES_ITS_OUTPUT)
    assert build.binaries(build.CONTROL_PLANE)["etcd"].read_text() == "built\n"


def test_one_that_was_interrupted_is_gone_on_with(machine: Path) -> None:
    with_go(machine, WRITES_ITS_OUTPUT)
    build.binaries(build.CONTROL_PLANE)
    (build.folder_of("kwok") / "kwok").unlink()
    build.binaries(build.CONTROL_PLANE)
    assert (machine / "log").read_text().splitlines()[-1].endswith("cmd/kwok")
    assert len((machine / "log").read_text().splitlines()) == len(build.CONTROL_PLANE) + 1


def test_what_somebody_has_already_is_used(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_go(machine, WRITES_ITS_OUTPUT)
    assets = machine / "assets"
    assets.mkdir()
    (assets / "etcd").write_text("theirs")
    (assets / "etcd").chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    found = build.binaries(build.CONTROL_PLANE)
    assert found["etcd"] == assets / "etcd"
    assert found["kwok"].parent == build.folder_of("kwok")


def test_another_go_is_not_taken(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kubernetes 1.36 built by Go 1.27 serves a broken OpenAPI."""
    with_go(machine, WRITES_ITS_OUTPUT.replace("go1.26.6", "go1.27.0"))
    monkeypatch.setattr(build.sys, "executable", "/bin/false")  # pip brings nothing here
    with pytest.raises(build.BuildError, match="neither PATH nor pip has one"):
        build.binaries(build.CONTROL_PLANE)


def test_what_a_program_reads_stays_when_its_sources_are_gone(machine: Path) -> None:
    sources = machine / "modules" / "gitea"
    for name in ("templates", "options", "public", "models"):
        (sources / name).mkdir(parents=True)
        (sources / name / "file").write_text(name)
        (sources / name / "file").chmod(0o444)
        (sources / name).chmod(0o555)
    listed = f'#!/bin/sh\nif [ "$1" = list ]; then echo {sources}; exit; fi'
    with_go(machine, WRITES_ITS_OUTPUT.replace("#!/bin/sh", listed))
    build.binary("gitea")
    with_go(machine, FAILS)
    files = build.files_of("gitea")
    assert sorted(path.name for path in files.iterdir()) == ["options", "public", "templates"]
    assert (files / "templates" / "file").read_text() == "templates"
    (files / "templates" / "file").unlink()


def versions(module: str) -> dict[str, str]:
    """Of everything that a module requires, as it is built."""
    text = (build.MODULES / module / "go.mod").read_text()
    required = re.findall(r"^\t?(?:require )?([\w./~-]+\.[\w./~-]+) (v\S+)", text, re.MULTILINE)
    return dict(required) | dict(re.findall(r"^(?:replace )?\t?([\w./~-]+) => [\w./~-]+ (v\S+)", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("module", "other", "newer"),
    [("helm3", "helm4", set()), ("kwok", "kubernetes", {"go.opentelemetry.io/otel"})],
)
def test_libraries_of_two_modules_are_compiled_once(module: str, other: str, newer: set[str]) -> None:
    """A library in two versions, and all that use it, cost a minute of every build on a fresh machine. Change both go.mod.

    newer: what the module does not work without.
    """
    ours, theirs = versions(module), versions(other)
    shared = ours.keys() & theirs.keys() - {name for name in ours if name.startswith(tuple(newer))}
    assert len(shared) > 70
    assert {name: ours[name] for name in shared} == {name: theirs[name] for name in shared}
