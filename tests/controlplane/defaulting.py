"""What a real kube-apiserver makes of an object before it validates it: decoded, with defaults, in the version of the request.

    with defaulting_server() as ask: ask({"apiVersion": "apps/v1", "kind": "Deployment", ...})

Each question is a create request with `dryRun=All`. A mutating webhook of ours receives the object and refuses the request.
Therefore no sample has to be valid, nothing is allocated, and nothing is stored. (The API server never sends the configurations
of webhooks and admission policies to webhooks; of these, the answer of the dry run counts, so their samples must be valid.)

The plugins that change objects at admission are switched off: they are no defaults of a type. Karmada's API server has some of
them.
"""

import base64
import http.server
import json
import ssl
import threading
import urllib.error
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from tests.controlplane.start import ControlPlane, running

Ask: TypeAlias = Callable[[Mapping[str, Any]], dict[str, Any]]

CHANGING_PLUGINS = (
    "DefaultIngressClass",
    "DefaultStorageClass",
    "DefaultTolerationSeconds",
    "LimitRanger",
    "PodTopologyLabels",
    "Priority",
    "RuntimeClass",
    "ServiceAccount",
    "StorageObjectInUseProtection",
    "TaintNodesByCondition",
)
_SERVER_METADATA = ("creationTimestamp", "generation", "managedFields", "uid", "resourceVersion")


class NotDecodedError(Exception):
    """The API server refuses the object before its webhooks see it, or does not serve its kind."""


@contextmanager
def defaulting_server() -> Iterator[Ask]:
    """An API server that serves every version it has, and the function that asks it. Not for several threads."""
    flags = [f"--disable-admission-plugins={','.join(CHANGING_PLUGINS)}", "--runtime-config=api/all=true"]
    with running(["defaulting"], flags=flags) as (plane,), _webhook(plane) as received:
        resources = dict(_resources(plane))

        def ask(manifest: Mapping[str, Any]) -> dict[str, Any]:
            kind = manifest["apiVersion"], manifest["kind"]
            if kind not in resources:
                raise NotDecodedError(f"{kind} is not served")
            received.clear()
            try:
                answer = plane.request(f"{resources[kind]}?dryRun=All", "POST", manifest)
            except urllib.error.HTTPError as error:
                if not received:
                    raise NotDecodedError(f"{kind}: {error.read().decode()}") from error
                answer = received[0]
            metadata = {name: value for name, value in answer["metadata"].items() if name not in _SERVER_METADATA}
            return {**answer, "metadata": metadata}

        ask({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "first", "namespace": "default"}})
        yield ask


@contextmanager
def _webhook(plane: ControlPlane) -> Iterator[list[dict[str, Any]]]:
    """The objects that the webhook received; the list is the caller's to clear."""
    received: list[dict[str, Any]] = []

    class Webhook(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # One connection for all questions: a handshake costs more than an answer.
        wbufsize = -1  # An answer in one piece.

        def do_POST(self) -> None:
            review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            request = review.pop("request")
            ours = request["userInfo"]["username"] == "admin"  # The API server makes objects of its own.
            if ours:
                received.append(request["object"])
            review["response"] = {"uid": request["uid"], "allowed": not ours}
            body = json.dumps(review).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificates = plane.folder / "certificates"
        tls.load_cert_chain(certificates / "apiserver.crt", certificates / "apiserver.key")
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        _register(plane, server.server_address[1])
        yield received
        server.shutdown()


def _register(plane: ControlPlane, port: int) -> None:
    everything = {"apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"], "operations": ["CREATE"]}
    hook = {
        "name": "defaulting.reconciler.dev",
        "clientConfig": {"url": f"https://127.0.0.1:{port}/", "caBundle": _base64(plane.ca)},
        "rules": [everything],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "matchPolicy": "Exact",
        "namespaceSelector": {},
    }
    group = "admissionregistration.k8s.io/v1"
    configuration = {"apiVersion": group, "kind": "MutatingWebhookConfiguration", "metadata": {"name": "defaulting"}}
    plane.request(f"/apis/{group}/mutatingwebhookconfigurations", "POST", {**configuration, "webhooks": [hook]})
    _wait_until_called(plane)


def _wait_until_called(plane: ControlPlane) -> None:
    """The API server notices a new configuration a little later."""
    probe = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe"}}

    def is_called() -> bool:
        try:
            plane.request("/api/v1/namespaces/default/configmaps?dryRun=All", "POST", probe)
        except urllib.error.HTTPError as error:
            return "defaulting.reconciler.dev" in error.read().decode()
        return False

    plane.api_server.wait_until(is_called, "the first call of the webhook")


def _resources(plane: ControlPlane) -> Iterator[tuple[tuple[str, str], str]]:
    """(apiVersion, kind) → path of the collection, for every kind that can be created by itself."""
    groups = [version["groupVersion"] for group in plane.request("/apis")["groups"] for version in group["versions"]]
    for version, root in [("v1", "/api/v1"), *((name, f"/apis/{name}") for name in groups)]:
        for resource in plane.request(root)["resources"]:
            if "create" in resource["verbs"] and "get" in resource["verbs"] and "/" not in resource["name"]:
                place = f"{root}/namespaces/default" if resource["namespaced"] else root
                yield (version, resource["kind"]), f"{place}/{resource['name']}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
