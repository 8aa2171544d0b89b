"""The container of a Deployment as a process of this machine, with the arguments, the environment and the account that it gives.

kwok only pretends to run Pods. Here the real program runs with what the Deployment in the API server says, and with a token of
its ServiceAccount, so that a missing argument, variable or right shows. What a process cannot have is adapted: paths of volumes,
and the address to listen on.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.controlplane.start import ControlPlane
from tests.support.daemon import Daemon, started
from tests.support.helm import HelmHost
from tests.support.program import PROJECT, clean_environment

_LISTEN = re.compile(r"^(--(?:webhook-)?listen=)0\.0\.0\.0:\d+$")
_IN_A_POD = """
import sys
from pathlib import Path
from reconciler.cluster import service_account
service_account.FOLDER = Path(sys.argv[1])
from reconciler.cli.main import main
main(sys.argv[2:])
"""


def asks_through_the_service(host: HelmHost, running: Daemon) -> None:
    """The command of the Pod of `helm test`, asking this process in place of the Service."""
    (container,) = yaml.safe_load(host.release("get", "hooks"))["spec"]["containers"]
    python, option, program = container["command"]
    service = f"http://{host.chart.name}:8080/"
    assert (python, option, program.count(service)) == ("python", "-c", 1)
    port = running.said("started")[0]["port"]
    words = [option, program.replace(service, f"http://127.0.0.1:{port}/")]
    done = subprocess.run([sys.executable, *words], env=clean_environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "ok")


@contextmanager
def pod_of(plane: ControlPlane, namespace: str, deployment: str, folder: Path) -> Iterator[Daemon]:
    """The only container of a Deployment, running for the block. folder: for its volumes and its log."""
    live = plane.request(f"/apis/apps/v1/namespaces/{namespace}/deployments/{deployment}")
    spec = live["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    volumes = {mount["mountPath"]: folder / mount["name"] for mount in container["volumeMounts"]}
    for place in volumes.values():
        place.mkdir(parents=True, exist_ok=True)
    for volume in spec["volumes"]:
        _mount(plane, namespace, volume, folder / volume["name"])
    assert any(word.startswith("--listen=") for word in container["args"])
    arguments = [_adapted(_LISTEN.sub(r"\g<1>127.0.0.1:0", word), volumes) for word in container["args"]]
    environment = {one["name"]: _adapted(one["value"], volumes) for one in container["env"]}
    token = token_of(plane, namespace, spec["serviceAccountName"])
    command, of_pod = in_pod(plane, folder / "serviceaccount", token, arguments)
    environment |= of_pod
    environment |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "TMPDIR": str(volumes["/tmp"])}  # noqa: S108 - of the Pod
    with started(command, environment, folder / "pod.log") as running:
        yield running


def _mount(plane: ControlPlane, namespace: str, volume: dict[str, Any], folder: Path) -> None:
    """The files of a Secret or a ConfigMap, or of several."""
    secret = {"secret": {"name": volume["secret"]["secretName"]}} if "secret" in volume else {}
    for source in volume.get("projected", {}).get("sources", [secret] if secret else []):
        ((kind, reference),) = source.items()
        live = plane.request(f"/api/v1/namespaces/{namespace}/{kind.lower()}s/{reference['name']}")
        for key, value in live["data"].items():
            (folder / key).write_bytes(base64.b64decode(value) if kind == "secret" else value.encode())


def in_pod(plane: ControlPlane, account: Path, token: str, arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The command of the program in a Pod, and the environment that it needs for that. account: a folder for the volume
    `kube-api-access` of its ServiceAccount."""
    account.mkdir(exist_ok=True)
    (account / "token").write_text(token)
    (account / "ca.crt").write_bytes(plane.ca)
    host, _, port = plane.url.removeprefix("https://").rpartition(":")
    environment = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
    return [sys.executable, "-c", _IN_A_POD, str(account), *arguments], environment


def token_of(plane: ControlPlane, namespace: str, account: str) -> str:
    """A new token of a ServiceAccount."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3607}}
    token: str = plane.request(path, "POST", request)["status"]["token"]
    return token


def _adapted(text: str, volumes: dict[str, Path]) -> str:
    """A path in a volume → where it is here. Anything else stays."""
    before, equals, path = text.rpartition("=")
    for mount, place in volumes.items():
        if path == mount or path.startswith(f"{mount}/"):
            return f"{before}{equals}{place}{path.removeprefix(mount)}"
    return text
