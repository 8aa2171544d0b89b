"""How a program is called: its arguments, and the files that it sees. It runs in the folder with these files.

The source is in a folder of its own, beside what is asked besides it. helm takes values from files only; a later one counts more.
What changes its output is a kustomization beside that: helm itself could only run another program for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.documents.json_writer import write_json
from reconciler.expand.requests import OVERLAY
from reconciler.model.expansion import ExpansionRequest, Tool

_SOURCE = "source"
_VALUES = "values"
_BESIDE = "beside"
_OUTPUT = "output.yaml"
_IN_ONE = 200
"""API versions in one argument: Linux takes arguments of at most 128 KiB."""


@dataclass(frozen=True, slots=True)
class Invocation:
    tool: Tool
    arguments: tuple[str, ...]
    files: Mapping[str, bytes] = field(repr=False)
    """Path → content."""
    private: bool = False
    """Whether the files hold values that were decrypted: they never get to a disk."""


def invocation_of(
    request: ExpansionRequest, contents: Mapping[str, bytes], beside: Mapping[str, bytes] | None = None
) -> Invocation:
    """contents: of the files of the source, by path in it. beside: of the files beside it, by the paths of their entries."""
    files = {f"{_SOURCE}/{path}": content for path, content in contents.items()}
    if request.tool is Tool.HELM:
        files |= {f"{_BESIDE}/{path}": content for path, content in (beside or {}).items()}
        files |= {f"{_VALUES}/{place}.yaml": one.encode() for place, one in enumerate(request.values)}
        return Invocation(request.tool, tuple(_helm_arguments(request)), files, request.private)
    folder = request.folder
    if request.overlay:
        folder = OVERLAY
        files[f"{_SOURCE}/{OVERLAY}/kustomization.yaml"] = request.overlay.encode()
    return Invocation(request.tool, ("build", f"{_SOURCE}/{folder}" if folder else _SOURCE), files, request.private)


def invocation_after(output: str, kustomization: str, *, private: bool = False) -> Invocation:
    """What changes the output of helm. kustomization: one of `ExpansionRequest.post`."""
    complete = write_json({**json.loads(kustomization), "resources": [_OUTPUT]})
    files = {f"{_SOURCE}/{_OUTPUT}": output.encode(), f"{_SOURCE}/kustomization.yaml": complete}
    return Invocation(Tool.KUSTOMIZE, ("build", _SOURCE), files, private)


def _helm_arguments(request: ExpansionRequest) -> Iterator[str]:
    chart = f"{_SOURCE}/{request.folder}" if request.folder else _SOURCE
    yield from ("template", request.release, chart, "--skip-tests")
    if request.crds:
        yield "--include-crds"
    if request.namespace:
        yield from ("--namespace", request.namespace)
    if request.kube_version:
        yield from ("--kube-version", request.kube_version)
    for file in request.values_files:
        yield from ("--values", f"{_BESIDE}/{file[1:]}" if file.startswith("$") else f"{chart}/{file}")
    for place, _ in enumerate(request.values):
        yield from ("--values", f"{_VALUES}/{place}.yaml")
    for start in range(0, len(request.apis), _IN_ONE):
        yield from ("--api-versions", ",".join(request.apis[start : start + _IN_ONE]))
