"""Control planes on loopback: one etcd, a kube-apiserver each on a prefix of its own, TLS, RBAC, a kubeconfig each.

    with running(["member1", "member2"], controllers=True) as planes: ...

Everything that is started dies with whoever started it: at the end of the block, or by the kernel's hand when the process is
killed. Data, keys and logs live in a temporary folder; a failure to start shows the end of the log.
"""

import base64
import ctypes
import io
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

from tests.parts.build import CONTROL_PLANE, binaries

START_SECONDS = 120
NODES = 3
PLAYED = "played"
"""The namespace in which kwok plays logs, commands and forwarded ports."""
PLAYED_TOO = "played-too"
"""Another one."""
STAGES = Path(__file__).parent / "stages.yaml"
USAGE = Path(__file__).parent / "usage.yaml"


class StartError(Exception):
    """A part of a control plane did not come up; the message ends with its log."""


@dataclass(slots=True)
class Part:
    """One process."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **_FRUGAL},
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread of ours holds a lock then
            )

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """At once: nothing of it is to outlive the test."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def wait_until(self, ready: Callable[[], bool], what: str) -> None:
        """Raises StartError when the process ends first, or time does."""
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise StartError(f"{self.name}: {what} did not happen; its log ends:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)


@dataclass(slots=True)
class ControlPlane:
    """One running cluster."""

    name: str
    url: str
    folder: Path
    token: str
    """Of an administrator."""
    api_server: Part
    etcd: Part
    """Shared by all control planes of one block."""
    controllers: list[Part] = field(default_factory=list)
    kubelet_port: int = 0
    """Where kwok answers as the kubelet of all Nodes; 0 without controllers."""
    _entries: list[dict[str, Any]] = field(default_factory=list, repr=False)
    _read: int = 0
    """How many bytes of the audit log `_entries` holds."""
    _idle: list[HTTPSConnection] = field(default_factory=list, repr=False)

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def logs(self) -> Path:
        """The log of every container in the namespace `PLAYED`, in the form of the CRI: `TIME stdout F LINE`."""
        return self.folder / "played.log"

    @property
    def previous_logs(self) -> Path:
        return self.folder / "played-before.log"

    @property
    def ca(self) -> bytes:
        """The certificates to trust, PEM."""
        return (self.folder / "certificates" / "apiserver.crt").read_bytes()

    def request(self, path: str, method: str = "GET", body: Any = None, content_type: str = "application/json") -> Any:
        """The JSON answer, asked by other means than the code under test. Raises OSError, such as urllib.error.HTTPError."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        with suppress(IndexError, ConnectionError, ssl.SSLError):  # There is none, or the server has closed it.
            return self._ask(self._idle.pop(), method, path, data, headers)
        host = self.url.removeprefix("https://")
        return self._ask(HTTPSConnection(host, context=self.tls(), timeout=30), method, path, data, headers)

    def _ask(self, connection: HTTPSConnection, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Any:
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            said = answer.read()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        if answer.status >= 400:
            raise urllib.error.HTTPError(self.url + path, answer.status, answer.reason, answer.headers, io.BytesIO(said))
        return json.loads(said) if said.startswith(b"{") else said.decode()

    def hang_up(self) -> None:
        """Closes the connections that `request` keeps, for a handshake costs more than most answers."""
        while self._idle:
            self._idle.pop().close()

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=self.ca.decode())

    def audited(self) -> list[dict[str, Any]]:
        """Every finished request so far, from the audit log; those of the control plane's own parts are not in it."""
        with (self.folder / "audit.log").open("rb") as log:
            log.seek(self._read)
            whole = log.read().rpartition(b"\n")[0]
        if whole:
            self._read += len(whole) + 1
            self._entries += map(json.loads, whole.splitlines())
        return self._entries.copy()

    def kill(self) -> None:
        """The API server only, without a word; what it stored stays."""
        self.hang_up()
        self.api_server.stop()

    def start(self) -> None:
        """The API server, anew if it was killed; returns when it is ready."""
        self.api_server.start()
        self.api_server.wait_until(self._is_ready, "readiness")

    @contextmanager
    def stopped(self) -> Iterator[Path]:
        """Neither API server nor etcd run during the block. Yields etcd's data, which the block may copy and replace."""
        self.kill()
        self.etcd.stop(signal.SIGTERM)
        yield Path(self.etcd.command[self.etcd.command.index("--data-dir") + 1])
        _start_etcd(self.etcd)
        self.start()

    def _is_ready(self) -> bool:
        try:
            return self.request("/readyz") == "ok" and bool(self.request("/api/v1/namespaces/default"))
        except OSError:  # No certificate yet, nobody listens yet, or not everything is up.
            return False


@contextmanager
def running(
    names: Sequence[str], *, controllers: bool = False, audit: bool = False, flags: Sequence[str] = ()
) -> Iterator[list[ControlPlane]]:
    """Ready control planes of these names.

    controllers: with kube-controller-manager, kube-scheduler and kwok's Nodes, so that Pods become Ready.
    audit: whether `ControlPlane.audited` is to know every request.
    flags: more flags for each kube-apiserver.
    """
    programs = binaries(CONTROL_PLANE)
    folder = Path(tempfile.mkdtemp(prefix="control-planes-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        etcd = _etcd(programs["etcd"], folder)
        stack.callback(etcd.stop)
        _start_etcd(etcd)
        planes = [_control_plane(name, programs, folder, etcd, controllers=controllers, audit=audit) for name in names]
        for plane in planes:
            plane.api_server.command = [*plane.api_server.command, *flags]
            stack.callback(plane.kill)
            plane.api_server.start()
        for plane in planes:
            plane.api_server.wait_until(plane._is_ready, "readiness")
            _write_kubeconfig(plane, "admin", plane.token, plane.kubeconfig)
        for plane in planes:
            for part in plane.controllers:
                stack.callback(part.stop)
                part.start()
            if controllers:
                _add_nodes(plane)
        yield planes


def _etcd(program: Path, folder: Path) -> Part:
    client, peer = (f"http://127.0.0.1:{port}" for port in _free_ports(2))
    options = {
        "--data-dir": str(folder / "etcd"),
        "--listen-client-urls": client,
        "--advertise-client-urls": client,
        "--listen-peer-urls": peer,
        "--initial-advertise-peer-urls": peer,
        "--initial-cluster": f"default={peer}",
        "--quota-backend-bytes": str(4 * 2**30),
    }
    flat = [word for pair in options.items() for word in pair]
    return Part("etcd", [str(program), *flat, "--unsafe-no-fsync"], folder / "etcd.log")


def _start_etcd(etcd: Part) -> None:
    etcd.start()
    etcd.wait_until(lambda: _answers(f"{_address(etcd)}/health"), "health")


def _address(etcd: Part) -> str:
    return etcd.command[etcd.command.index("--listen-client-urls") + 1]


def _control_plane(
    name: str, programs: dict[str, Path], base: Path, etcd: Part, *, controllers: bool, audit: bool
) -> ControlPlane:
    folder = base / name
    folder.mkdir()
    (port,) = _free_ports(1)
    key = folder / "service-accounts.key"
    key.write_text(_signing_key())
    token, inner = secrets.token_hex(16), secrets.token_hex(16)
    tokens = folder / "tokens.csv"
    tokens.write_text(f"{token},admin,admin,system:masters\n{inner},{_INNER},{_INNER},system:masters\n")
    url = f"https://127.0.0.1:{port}"
    command = [
        str(programs["kube-apiserver"]),
        f"--etcd-servers={_address(etcd)}",
        f"--etcd-prefix=/{name}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        f"--cert-dir={folder / 'certificates'}",
        f"--service-account-issuer={url}",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/16",
        "--endpoint-reconciler-type=none",
    ]
    if not controllers:
        command.append("--disable-admission-plugins=ServiceAccount")  # Nobody would make the accounts it asks for.
    if audit:
        (folder / "audit.yaml").write_text(json.dumps(_AUDIT_POLICY))
        command += [f"--audit-policy-file={folder / 'audit.yaml'}", f"--audit-log-path={folder / 'audit.log'}"]
    api_server = Part(f"{name}: kube-apiserver", command, folder / "kube-apiserver.log")
    plane = ControlPlane(name, url, folder, token, api_server, etcd)
    if controllers:
        plane.controllers = _controllers(plane, programs, inner, key)
    return plane


def _controllers(plane: ControlPlane, programs: dict[str, Path], token: str, key: Path) -> list[Part]:
    """What makes Deployments into Pods, places them, and says that they are Ready."""
    kubeconfig = plane.folder / "inner.kubeconfig"
    _write_kubeconfig(plane, _INNER, token, kubeconfig)
    alone = [f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--bind-address=127.0.0.1", "--secure-port=0"]
    (plane.kubelet_port,) = _free_ports(1)
    played = plane.folder / "played.json"
    played.write_text("\n---\n".join(json.dumps(document) for document in _played(plane)))
    certificate = plane.folder / "certificates" / "apiserver"
    commands = {
        "kube-controller-manager": [
            *alone,
            f"--service-account-private-key-file={key}",
            "--pvclaimbinder-sync-period=1s",  # A claim whose volume comes later is looked at this often.
        ],
        "kube-scheduler": alone,
        "kwok": [
            f"--kubeconfig={kubeconfig}",
            f"--config={STAGES}",
            f"--config={USAGE}",
            f"--config={played}",
            "--manage-all-nodes=true",
            "--node-lease-duration-seconds=40",
            f"--server-address=127.0.0.1:{plane.kubelet_port}",
            f"--tls-cert-file={certificate}.crt",
            f"--tls-private-key-file={certificate}.key",
        ],
    }
    return [
        Part(f"{plane.name}: {name}", [str(programs[name]), *options], plane.folder / f"{name}.log")
        for name, options in commands.items()
    ]


def _played(plane: ControlPlane) -> Iterator[dict[str, Any]]:
    """What kwok answers as the kubelet of Pods in these two namespaces: the lines of two files as their logs, what a command
    prints that is run beside kwok, and the API server itself behind every port. Other Pods have no logs."""
    specs: dict[str, Any] = {
        "ClusterLogs": {"logs": [{"logsFile": str(plane.logs), "previousLogsFile": str(plane.previous_logs)}]},
        "ClusterExec": {"execs": [{"local": {"workDir": str(plane.folder), "envs": [{"name": "MEMBER", "value": plane.name}]}}]},
        "ClusterPortForward": {
            "forwards": [{"target": {"address": "127.0.0.1", "port": int(plane.url.rpartition(":")[2])}}],
        },
    }
    for kind, spec in specs.items():
        spec["selector"] = {"matchNamespaces": [PLAYED, PLAYED_TOO]}
        yield {"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": kind, "metadata": {"name": "played"}, "spec": spec}


def _add_nodes(plane: ControlPlane) -> None:
    """Nodes that kwok plays, with its address as that of their kubelet."""
    room = {"cpu": "32", "memory": "256Gi", "pods": "2000"}
    for number in range(NODES):
        metadata = {"name": f"node-{number}", "annotations": {"kwok.x-k8s.io/node": "fake"}}
        node: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": metadata,
            "status": {"allocatable": room, "capacity": room},
        }
        node["status"] |= {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": plane.kubelet_port}},
        }
        plane.request("/api/v1/nodes", "POST", node)


def _write_kubeconfig(plane: ControlPlane, user: str, token: str, place: Path) -> None:
    """Certificates are named by their file: they exist once the API server runs."""
    cluster = {"server": plane.url, "certificate-authority": str(plane.folder / "certificates" / "apiserver.crt")}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": plane.name, "cluster": cluster}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": plane.name, "context": {"cluster": plane.name, "user": user}}],
        "current-context": plane.name,
    }
    place.touch(mode=0o600)
    place.write_text(json.dumps(document))


def _signing_key() -> str:
    """A new P-256 key, PEM (RFC 5915 without the public half, which follows from the private one)."""
    private = (secrets.randbelow(_P256_ORDER - 1) + 1).to_bytes(32, "big")
    curve = bytes.fromhex("a00a06082a8648ce3d030107")
    body = bytes.fromhex("020101") + b"\x04\x20" + private + curve
    encoded = base64.b64encode(b"\x30" + bytes([len(body)]) + body).decode()
    return f"-----BEGIN EC PRIVATE KEY-----\n{encoded[:64]}\n{encoded[64:]}\n-----END EC PRIVATE KEY-----\n"


def _free_ports(count: int) -> list[int]:
    """Held together, so that they differ; free again when this returns."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own etcd
            return bool(answer.status == 200)
    except OSError:
        return False


def _die_with_parent() -> None:
    """The kernel kills the child when its parent is gone, however that went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1:
            os._exit(1)


_STAY_READY = "--node-lease-duration-seconds=40"
_PR_SET_PDEATHSIG = 1
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_FRUGAL = {"GOGC": "400", "GOMEMLIMIT": "400MiB"}
"""Collecting garbage less often makes a start a third cheaper, and takes 100 MB more."""
_INNER = "inner"
"""The user that controllers, scheduler and kwok are."""
_AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "None", "users": [_INNER, "system:apiserver"]}, {"level": "Metadata"}],
}
