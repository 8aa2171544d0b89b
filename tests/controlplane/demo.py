"""`make demo CLUSTERS=kubernetes`: the demo on three real control planes, started for it and stopped after it.

On a terminal they run until Enter, so that the commands that the demo names at its end can be tried.

The Pods are played by kwok: nothing is pulled and nothing runs, so the example's made-up registries do no harm. Its claims bind
to PersistentVolumes of the classes that its overrides write.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reconciler.cli.commands.demo import MEMBERS
from tests.controlplane.start import ControlPlane, StartError, running
from tests.parts.build import BuildError

CLASSES = ("gp3", "premium-rwo", "standard")


def main(arguments: Sequence[str]) -> int:
    """arguments: more of them for `reconciler demo`. The code that it ends with."""
    try:
        with clusters() as kubeconfig:
            contexts = [word for name in MEMBERS for word in ("--context", name)]
            options = [] if sys.stdin.isatty() else ["--temporary"]
            command = [sys.executable, "-m", "reconciler", "demo", "--kubeconfig", str(kubeconfig), *contexts, *options]
            code = subprocess.run([*command, *arguments], check=False).returncode
            if not options:
                say("The control planes run until you press Enter here; use another terminal for the commands above.")
                sys.stdin.readline()
            say("The control planes are being stopped; the config repository stays.")
    except (BuildError, StartError) as error:
        say(str(error))
        return 3
    except KeyboardInterrupt:
        return 130
    return code


@contextmanager
def clusters() -> Iterator[Path]:
    """Three control planes with volumes: a kubeconfig with a context for each, named as the demo's members. Raises BuildError,
    StartError."""
    say("Starting three control planes (API server, controllers, scheduler, and Nodes that only pretend) ...")
    with running(MEMBERS, controllers=True) as planes:
        for plane in planes:
            _add_volumes(plane)
        kubeconfig = planes[0].folder.parent / "kubeconfig"
        _write_kubeconfig(planes, kubeconfig)
        yield kubeconfig


def _add_volumes(plane: ControlPlane) -> None:
    for name in CLASSES:
        spec = {
            "capacity": {"storage": "20Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": name,
            "hostPath": {"path": f"/volumes/{name}"},
        }
        volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}
        plane.request("/api/v1/persistentvolumes", "POST", volume)


def _write_kubeconfig(planes: Sequence[ControlPlane], place: Path) -> None:
    """One file with a context for each, as people have it."""
    whole: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
    for plane in planes:
        own = json.loads(plane.kubeconfig.read_text())
        whole["clusters"] += own["clusters"]
        whole["users"].append({"name": plane.name, "user": own["users"][0]["user"]})
        whole["contexts"].append({"name": plane.name, "context": {"cluster": plane.name, "user": plane.name}})
    place.touch(mode=0o600)
    place.write_text(json.dumps(whole))


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - a program's own words on stderr


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
