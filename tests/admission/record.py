"""Writes `answers.json`: what a real kube-apiserver answers to the requests of all scenes.

    python -m tests.admission.record

Every request is a server-side apply with `dryRun=All`, as `sync` makes it. What a scene installs is removed after it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.admission.scenes import POLICIES, Document, Request, Scene, all_scenes, binding, bound, config_map, policy, rule
from tests.controlplane.start import ControlPlane, running
from tests.parts.build import KUBERNETES_VERSION

ANSWERS = Path(__file__).parent / "answers.json"
ORDER = ("CustomResourceDefinition", "ConfigMap", "Ceiling", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
_PATIENCE = 60


class RefusedError(Exception):
    """The server accepts no such policy or definition."""


class Server:
    """Requests to one API server, with status and warnings of each answer."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane
        self._connection = HTTPSConnection(plane.url.removeprefix("https://"), context=plane.tls(), timeout=30)
        self._paths: dict[tuple[str, str], str] = {}

    def ask(self, method: str, path: str, body: Document | None = None, **query: str) -> tuple[int, Any, list[str]]:
        kind = "application/apply-patch+yaml" if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {self._plane.token}", "Content-Type": kind}
        where = path + (f"?{urlencode(query)}" if query else "")
        self._connection.request(method, where, None if body is None else json.dumps(body, ensure_ascii=False).encode(), headers)
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content), answer.headers.get_all("Warning") or []

    def apply(self, document: Document, *, dry_run: bool = False) -> tuple[int, Any, list[str]]:
        query = {"fieldManager": "reconciler", "force": "true"} | ({"dryRun": "All"} if dry_run else {})
        return self.ask("PATCH", self.path(document), document, **query)

    def delete(self, document: Document) -> None:
        self.ask("DELETE", self.path(document))
        self.until(lambda: self.ask("GET", self.path(document))[0] == 404, f"{document['metadata']['name']} is gone")

    def path(self, document: Document) -> str:
        """Raises KeyError for a kind that is not served."""
        version, kind = document["apiVersion"], document["kind"]
        if (version, kind) not in self._paths:
            root = f"/apis/{version}" if "/" in version else f"/api/{version}"
            for item in self.ask("GET", root)[1].get("resources") or []:
                if "/" not in item["name"]:
                    space = "/namespaces/{}" if item["namespaced"] else ""
                    self._paths[version, item["kind"]] = f"{root}{space}/{item['name']}"
        base = self._paths[version, kind].format(document["metadata"].get("namespace", ""))
        return f"{base}/{document['metadata']['name']}"

    def forget(self) -> None:
        self._paths.clear()

    def until(self, ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not ready():
            if time.monotonic() > deadline:
                raise TimeoutError(what)
            time.sleep(0.05)


def play(scene: Scene, server: Server) -> list[Document]:
    """The answer to each request."""
    for name, labels in scene.namespaces.items():
        if name != "default":
            server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels)}})
    definitions = [one for one in scene.objects if one["kind"] == "CustomResourceDefinition"]
    for one in definitions:
        _install(one, server)
        server.until(lambda one=one: _is_established(one, server), f"{one['metadata']['name']} is established")  # type: ignore[misc]
    server.forget()
    others = sorted((one for one in scene.objects if one not in definitions), key=lambda one: ORDER.index(one["kind"]))
    olds = [request.old for request in scene.requests if request.old is not None]
    for old in olds:  # Before the policies are in force, which would judge them.
        server.until(lambda old=old: server.apply(old)[0] < 300, "the old object is there")  # type: ignore[misc]
    with _installed(others, server):
        answers = [_answer(one, server) for one in scene.requests]
    for old in olds:
        server.delete(old)
    return answers


@contextmanager
def _installed(documents: list[Document], server: Server) -> Iterator[None]:
    """A canary is the last policy and binding that the server sees: while it refuses, all others are in force."""
    canary = config_map("canary")
    secret = {**config_map("canary-of-params"), "kind": "Secret"}
    alarm = bound("zz-canary", "false", match={"resourceRules": [rule(resourceNames=["canary"])]})
    installed = [
        *documents,
        *_watch_params(documents),
        *(alarm if any(one["apiVersion"] == POLICIES for one in documents) else []),
    ]
    try:
        for one in installed:
            _install(one, server)
        if len(installed) > len(documents):
            server.until(lambda: server.apply(canary, dry_run=True)[0] == 422, "the policies are in force")
        server.until(lambda: server.apply(secret, dry_run=True)[0] < 300, "the parameters are known")
        yield
    finally:
        for one in reversed(installed):
            server.delete(one)
        server.until(lambda: server.apply(canary, dry_run=True)[0] < 300, "the policies are gone")


def _watch_params(documents: list[Document]) -> list[Document]:
    """Policies that accept an object once all parameters of the scene have arrived where policies look for them."""
    watching: list[Document] = []
    for number, one in enumerate(one for one in documents if one["kind"] in ("ConfigMap", "Ceiling")):
        kind = {"apiVersion": one["apiVersion"], "kind": one["kind"]}
        match = {"resourceRules": [rule("secrets", resourceNames=["canary-of-params"])]}
        watching.append(policy(f"zz-param-{number}", "true", match=match, paramKind=kind))
        place = {name: one["metadata"][name] for name in ("name", "namespace") if name in one["metadata"]}
        watching.append(binding(f"zz-param-{number}", paramRef={**place, "parameterNotFoundAction": "Deny"}))
    return watching


def _install(document: Document, server: Server) -> None:
    status, answer, _ = server.apply(document)
    if status >= 300:
        raise RefusedError(f"{document['metadata']['name']}: {answer['message']}")


def _is_established(definition: Document, server: Server) -> bool:
    found = server.ask("GET", server.path(definition))[1]
    established = {one["type"]: one["status"] for one in found.get("status", {}).get("conditions") or []}
    group, names = definition["spec"]["group"], definition["spec"]["names"]
    if established.get("Established") != "True":
        return False
    for version in definition["spec"]["versions"]:
        root = f"/apis/{group}/{version['name']}"
        listed = [one["name"] for one in server.ask("GET", root)[1].get("resources") or []]
        if names["plural"] not in listed or server.ask("GET", f"{root}/{names['plural']}")[0] != 200:
            return False
    return True


def _answer(request: Request, server: Server) -> Document:
    """Asked again while a parameter's kind is not yet known to the policies."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        status, answer, warnings = server.apply(request.object, dry_run=True)
        message = answer.get("message", "") if status >= 300 else ""
        if not ("not yet synced" in message or "not known" in message) or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    result: Document = {"allowed": status < 300}
    if status >= 300:
        causes = answer.get("details", {}).get("causes", [])
        result |= {"code": status, "reason": answer["reason"], "message": message, "causes": causes}
    if warnings:
        result["warnings"] = [json.loads(one.partition(" - ")[2]) for one in warnings]
    return result


def main() -> None:
    only = sys.argv[1:]
    answers: dict[str, list[Document]] = {}
    for one in json.loads(ANSWERS.read_text())["answers"] if only and ANSWERS.exists() else []:
        answers.setdefault(one["scene"], []).append(one)
    with running(["recorded"]) as (plane,):
        server = Server(plane)
        server.until(lambda: server.ask("GET", "/api/v1/namespaces/default")[0] == 200, "the namespace default")
        # A server stops looking for parameters with the last policy of their kind, and does not begin again with the next one.
        kept = policy(
            "zz-keeper", "true", match={"resourceRules": [rule("nobodies")]}, paramKind={"apiVersion": "v1", "kind": "ConfigMap"}
        )
        for one in (kept, binding("zz-keeper", paramRef={"name": "x", "parameterNotFoundAction": "Allow"})):
            _install(one, server)
        for scene in all_scenes():
            if only and not any(scene.name.startswith(name) for name in only):
                continue
            try:
                played = play(scene, server)
            except RefusedError as error:
                sys.stderr.write(f"{scene.name}: refused: {error}\n")
                continue
            answers[scene.name] = [{"scene": scene.name, "request": number, **one} for number, one in enumerate(played)]
            sys.stderr.write(f"{scene.name}: {len(played)}\n")
            _write(answers)


def _write(answers: dict[str, list[Document]]) -> None:
    lines = [json.dumps(one, ensure_ascii=False) for scene in all_scenes() for one in answers.get(scene.name, [])]
    text = ",\n".join(lines)
    ANSWERS.write_text(f'{{"kubernetes": "{KUBERNETES_VERSION}", "answers": [\n{text}\n]}}\n')


if __name__ == "__main__":
    main()
