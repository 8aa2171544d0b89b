"""Requests → expansions: reads the source, checks it, has the program run, and explains what it says.

A source is read and checked once for all requests that share it. What is wrong is part of the result; only what prevents reading
the repository raises.
"""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from reconciler.expand.check_chart import check_chart
from reconciler.expand.check_kustomization import NAMES as KUSTOMIZATION_NAMES
from reconciler.expand.check_kustomization import check_kustomization
from reconciler.expand.invocation import invocation_after, invocation_of
from reconciler.expand.program_messages import explain_helm, explain_kustomize
from reconciler.expand.sealed_values import with_values_files
from reconciler.expand.source_files import VALUES_LIMIT, SourceFiles
from reconciler.expand.template_calls import NETWORK
from reconciler.expanding.expansion_store import ExpansionStore
from reconciler.expanding.renderer import Renderer
from reconciler.jail.failures import InputError, JailError, Limit, LimitError, ProgramError, RunError
from reconciler.model.expansion import Expansion, ExpansionKey, ExpansionRequest, Source, SourceEntry, Tool
from reconciler.model.issues import Issue, each_once, error, errors_in
from reconciler.model.sealed import mentions_seal
from reconciler.model.tree import Oversized

ReadBlobs = Callable[[Collection[str]], Awaitable[Mapping[str, bytes | Oversized]]]
"""Blob id → content, for these ids. Raises RepositoryError."""


_NOTHING: Mapping[str, bytes] = MappingProxyType({})
_SOURCES = 8
"""Whose files are in memory at once. How many programs run at once is for the Renderer to say."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """One source, as one program reads it."""

    files: SourceFiles
    issues: tuple[Issue, ...]
    beside: Mapping[str, bytes] = field(default_factory=dict)


class Expander:
    def __init__(self, renderer: Renderer, store: ExpansionStore | None = None) -> None:
        """store: None keeps nothing for other processes."""
        self._renderer = renderer
        self._store = store
        self.runs = 0
        """How often a program was run."""

    async def expand(
        self, requests: Iterable[ExpansionRequest], read: ReadBlobs, opened: Mapping[str, bytes] = _NOTHING
    ) -> dict[ExpansionKey, Expansion]:
        """By key, one for each request. opened: by blob, the plain text of the encrypted files that private requests read. Raises
        RepositoryError."""
        requests = list(requests)
        tools = {tool for one in requests for tool in _tools_of(one)}
        versions: dict[Tool, str | Expansion] = {tool: await self._version(tool) for tool in sorted(tools)}
        sources: dict[tuple[str, str, str], list[ExpansionRequest]] = {}
        for one in requests:
            sources.setdefault((one.source.digest, one.folder, one.generated), []).append(one)
        turns = asyncio.Semaphore(_SOURCES)

        async def of_source(same: list[ExpansionRequest]) -> list[Expansion]:
            async with turns:
                source = same[0].source
                contents = await read({entry.blob for entry in (*source.files, *source.beside)})
                checked = await asyncio.to_thread(_check, same[0], contents)
                return await asyncio.gather(*[self._expand(one, checked, _version_for(one, versions), opened) for one in same])

        made = await asyncio.gather(*map(of_source, sources.values()))
        return {one.key: one for same in made for one in same}

    async def _version(self, tool: Tool) -> str | Expansion:
        """Or why the program cannot be run."""
        try:
            return await self._renderer.version(tool)
        except JailError as failure:
            return Expansion(ExpansionKey(""), issues=(_absent(failure),), unavailable=True, lasting=False)
        except RunError as failure:
            issue = error(
                "ProgramMissing", f"{tool} does not work here: {failure.message}", f"Check the program: `{tool} version`."
            )
            return Expansion(ExpansionKey(""), issues=(issue,), unavailable=True, lasting=False)

    async def _expand(
        self, request: ExpansionRequest, checked: _Checked, version: str | Expansion, opened: Mapping[str, bytes]
    ) -> Expansion:
        key, values = request.key, with_values_files(request, checked.files, opened)
        issues = each_once([*checked.issues, *values.issues, *_check_values(request, checked.files)])
        if errors_in(issues):
            return Expansion(key, issues=issues)
        if isinstance(version, Expansion):
            return Expansion(key, issues=version.issues, unavailable=True, lasting=False)
        store = None if request.private else self._store
        output = None if store is None else await asyncio.to_thread(store.read, key, version)
        if output is not None:
            return Expansion(key, output, issues, sealed=values.sealed)
        try:
            output = await self._run(request, replace(checked, files=values.files))
        except JailError as failure:
            return Expansion(key, issues=(_absent(failure),), unavailable=True, lasting=False)
        except RunError as failure:
            issue = _explained(failure, request, checked.files)
            lasting = not (isinstance(failure, LimitError) and failure.limit is Limit.TIME)
            return Expansion(key, issues=each_once([*issues, issue]), lasting=lasting, sealed=values.sealed)
        if store is not None:
            await asyncio.to_thread(store.write, key, version, output)
        return Expansion(key, output, issues, sealed=values.sealed)

    async def _run(self, request: ExpansionRequest, checked: _Checked) -> str:
        """Raises JailError, RunError."""
        self.runs += 1
        output = await self._renderer.render(invocation_of(request, checked.files.contents, checked.beside))
        for one in request.post:
            self.runs += 1
            try:
                output = await self._renderer.render(invocation_after(output, one, private=request.private))
            except ProgramError as failure:
                what = f"spec.postRenderers cannot be carried out: {failure.message}"
                raise _AfterwardsError(what, remedy="Each patch has to fit one object of the chart at least.") from None
        return output


class _AfterwardsError(RunError):
    """kustomize fails to change the output of helm."""


def _tools_of(request: ExpansionRequest) -> tuple[Tool, ...]:
    return (request.tool, Tool.KUSTOMIZE) if request.post else (request.tool,)


def _version_for(request: ExpansionRequest, versions: Mapping[Tool, str | Expansion]) -> str | Expansion:
    """Of all programs that it needs; or why one of them cannot be run."""
    needed = [versions[tool] for tool in _tools_of(request)]
    return next((one for one in needed if isinstance(one, Expansion)), " ".join(map(str, needed)))


def _absent(failure: JailError) -> Issue:
    return error("ProgramMissing", failure.message, failure.remedy)


def _explained(failure: RunError, request: ExpansionRequest, files: SourceFiles) -> Issue:
    if request.private and isinstance(failure, ProgramError | _AfterwardsError):  # What it says may quote values.
        return error("RenderFailed", f"{request.tool} refuses the decrypted values")
    if isinstance(failure, _AfterwardsError):
        return error("RenderFailed", failure.message, failure.remedy)  # At the object, which states it.
    if isinstance(failure, ProgramError):
        explain = explain_helm if request.tool is Tool.HELM else explain_kustomize
        return explain(failure.stderr, files, request.folder)
    origin = files.origin(failure.path.partition("/")[2]) if isinstance(failure, InputError) else files.origin(request.folder)
    return error("RenderFailed", failure.message, failure.remedy, origin=origin)


def _check_values(request: ExpansionRequest, files: SourceFiles) -> tuple[Issue, ...]:
    """What is wrong with the values of one request; they differ where the files are the same. Nearly none are suspicious."""
    suspicious = any(len(one) > VALUES_LIMIT or NETWORK in one or mentions_seal(one) for one in request.values)
    sealed = request.sealed or request.private
    return check_chart(files, request.folder, values=request.values, sealed=sealed) if suspicious else ()


def _check_beside(beside: Mapping[str, bytes], files: SourceFiles, folder: str) -> tuple[Issue, ...]:
    """The same for files with values beside the source."""
    return check_chart(files, folder, values=[one.decode("utf-8", "replace") for one in beside.values()]) if beside else ()


def _check(request: ExpansionRequest, contents: Mapping[str, bytes | Oversized]) -> _Checked:
    files, too_large = _files(request.source, contents)
    if request.generated:
        path = posixpath.join(request.folder, KUSTOMIZATION_NAMES[0])
        files = SourceFiles({**files.contents, path: request.generated.encode()}, files.at, files.links)
    beside, too_large_beside = _readable(request.source, request.source.beside, contents)
    found = check_chart(files, request.folder) if request.tool is Tool.HELM else check_kustomization(files, request.folder)
    found = (*found, *_check_beside(beside, files, request.folder))
    return _Checked(files, each_once([*too_large, *too_large_beside, *found]), beside)


def _files(source: Source, contents: Mapping[str, bytes | Oversized]) -> tuple[SourceFiles, list[Issue]]:
    readable, issues = _readable(source, source.files, contents)
    return SourceFiles(readable, source.at, source.links), issues


def _readable(
    source: Source, entries: Iterable[SourceEntry], contents: Mapping[str, bytes | Oversized]
) -> tuple[dict[str, bytes], list[Issue]]:
    """The contents of files by their paths, and what is too large."""
    readable, issues = {}, []
    for entry in entries:
        content = contents[entry.blob]
        if isinstance(content, Oversized):
            origin = SourceFiles({}, source.at).origin(entry.path)
            message = f"{entry.path} has {content.size:,} bytes; at most {content.limit:,} are rendered"
            issues.append(error("TooLarge", message, "Leave out what is not needed to render.", origin=origin))
        else:
            readable[entry.path] = content
    return readable, issues
