"""Renderers for tests: a small stand-in for helm and kustomize, and the real programs without a jail."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
from collections.abc import Collection, Mapping
from itertools import pairwise
from pathlib import Path

import yaml

from reconciler.expand.invocation import Invocation
from reconciler.expanding.expander import Expander
from reconciler.expanding.expanding_compiler import ExpandingCompiler
from reconciler.expanding.expansion_store import ExpansionStore
from reconciler.expanding.renderer import Renderer
from reconciler.jail.failures import JailError, ProgramError
from reconciler.model.expansion import Tool
from reconciler.model.tree import Oversized
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.client import ExpansionCompiler, ThreadCompiler
from tests.parts.build import binary
from tests.support.in_memory_fleet import Playground


class WordRenderer:
    """In place of helm: prints the templates of the chart, with `<name>` replaced by the value of that name, and the release and
    the version of Kubernetes in place of `<release>` and `<kube>`. A value that is not there is an error, as for `required`. A
    template with the comment `# when NAME` is left out while that value is false."""

    def __init__(self) -> None:
        self.runs: list[Invocation] = []
        self.absent = False

    async def version(self, tool: Tool) -> str:
        if self.absent:
            raise JailError(f"{tool} is not in PATH", remedy=f"Install {tool}.")
        return "words 1"

    async def render(self, invocation: Invocation) -> str:
        self.runs.append(invocation)
        words = invocation.arguments
        values: dict[str, object] = {"release": words[1], "kube": "none"}
        if "--kube-version" in words:
            values["kube"] = words[words.index("--kube-version") + 1]
        for name in (value for option, value in pairwise(words) if option == "--values"):
            values |= yaml.safe_load(invocation.files[name]) or {}
        printed = []
        for path, content in sorted(invocation.files.items()):
            if "/templates/" in path or "/crds/" in path:
                printed.append(f"---\n# Source: {path.replace('source/', 'chart/')}\n{_filled(path, content.decode(), values)}\n")
        return "".join(printed)


def _filled(path: str, text: str, values: Mapping[str, object]) -> str:
    condition = re.search(r"# when (\S+)", text)
    if condition and not values.get(condition[1]):
        return ""

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            line = text.count("\n", 0, match.start()) + 1
            message = f"Error: execution error at ({path.replace('source/', 'chart/')}:{line}:3): {match[1]} is required"
            raise ProgramError("helm", 1, message)
        return str(values[match[1]])

    return re.sub(r"<(\w+)>", value, text)


class BareRenderer:
    """The real programs, without a jail: for tests of what they print."""

    def __init__(self, helm: str = "helm4") -> None:
        self._programs = {Tool.HELM: helm, Tool.KUSTOMIZE: "kustomize"}
        self.runs = 0

    async def version(self, tool: Tool) -> str:
        return self._programs[tool]

    async def render(self, invocation: Invocation) -> str:
        self.runs += 1
        program = await asyncio.to_thread(binary, self._programs[invocation.tool])
        with tempfile.TemporaryDirectory() as folder:
            await asyncio.to_thread(_write, Path(folder), invocation.files)
            process = await asyncio.create_subprocess_exec(
                str(program),
                *invocation.arguments,
                cwd=folder,
                env={"HOME": folder, "PATH": os.defpath},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, err = await process.communicate()
        if process.returncode:
            raise ProgramError(invocation.tool.value, process.returncode, err.decode())
        return out.decode()


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


async def nothing_committed(blobs: Collection[str]) -> Mapping[str, bytes | Oversized]:
    """For compilers that get all files with the revision."""
    assert not blobs
    return {}


def expanding(
    renderer: Renderer, compiler: ExpansionCompiler | None = None, store: ExpansionStore | None = None
) -> ExpandingCompiler:
    return ExpandingCompiler(compiler or ThreadCompiler(Compiler()), Expander(renderer, store), nothing_committed)


def playground(*members: str, renderer: Renderer) -> Playground:
    return Playground(*members, compiler=expanding(renderer))


def chart_object(name: str, *, path: str = "charts/app", values: Mapping[str, object] | None = None, more: str = "") -> str:
    return (
        f"apiVersion: reconciler.dev/v1alpha1\nkind: Chart\nmetadata: {{name: {name}, namespace: shop}}\n"
        f"spec:\n  chart: {{path: {path}}}\n  values: {json.dumps(values or {})}\n{more}"
    )


def value_override(name: str, member: str, **values: object) -> str:
    """An override policy that changes values of a Chart on one member."""
    operations = ", ".join(
        f"{{path: /spec/values/{key}, operator: add, value: {json.dumps(value)}}}" for key, value in values.items()
    )
    return (
        f"apiVersion: policy.karmada.io/v1alpha1\nkind: OverridePolicy\nmetadata: {{name: {name}-{member}, namespace: shop}}\n"
        f"spec:\n  resourceSelectors: [{{apiVersion: reconciler.dev/v1alpha1, kind: Chart, name: {name}}}]\n"
        f"  overrideRules: [{{targetCluster: {{clusterNames: [{member}]}}, overriders: {{plaintext: [{operations}]}}}}]\n"
    )
