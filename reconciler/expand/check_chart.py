"""What in a chart is refused before helm runs, with file and line: what would need the network, and what leaves the chart."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.expand.archive import ArchiveError, ArchiveLimits, unpack
from reconciler.expand.source_files import (
    DECRYPTED_ELSEWHERE,
    MIB,
    VALUES_LIMIT,
    ReadFile,
    SourceFiles,
    check_files,
    entries,
    too_large,
)
from reconciler.expand.template_calls import calls_in, check_calls
from reconciler.model.issues import Issue, each_once, error
from reconciler.model.manifest import text
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.sealed import mentions_seal

_CHART, _REQUIREMENTS = "Chart.yaml", "requirements.yaml"
_DEEPEST = 10
"""Charts inside charts."""
PACKED_LIMITS = ArchiveLimits(unpacked=100 * MIB, files=20_000)
"""Of a packed chart: as many bytes as helm accepts."""


def check_chart(
    source: SourceFiles, folder: str = "", *, values: Sequence[str] = (), sealed: bool = False, stated: Origin = NOWHERE
) -> tuple[Issue, ...]:
    """All that is wrong, sorted.

    folder: of the chart, from the root of the source. values: those that the chart is given besides its own. sealed: whether
    seals in them stand for encrypted values. stated: where these are written.
    """
    issues = [*check_files(source), *_check_values(source, values, sealed, stated), *check_calls(source)]
    if _join(folder, _CHART) not in source.contents:
        remedy = "Name the folder of a chart; it has a Chart.yaml."
        message = f"the folder {folder or '.'} has no {_CHART}"
        return tuple(sorted([*issues, error("NoChart", message, remedy, origin=source.origin(folder))]))
    issues += _check_dependencies(source, folder, 0)
    return each_once(issues)


def calls_lookup(source: SourceFiles) -> bool:
    """Whether a template calls `lookup`."""
    return any(issue.reason == "LookupIsEmpty" for issue in check_calls(source))


def _check_values(source: SourceFiles, values: Sequence[str], sealed: bool, stated: Origin) -> Iterator[Issue]:
    size = sum(len(one) for one in values)
    if size > VALUES_LIMIT:
        yield too_large(f"the values have {size:,} characters", VALUES_LIMIT, stated)
        return
    for one in values:
        if not sealed and mentions_seal(one):
            message = "values that SOPS encrypted cannot be rendered: the encrypted text would become the value"
            yield error("EncryptedSource", message, DECRYPTED_ELSEWHERE, origin=stated)
        if any(name == "getHostByName" for _, name in calls_in(one)):
            message = "the values hold text that calls getHostByName, which would ask the network while it is rendered"
            yield error("NetworkFunction", message, "Write the address into the values.", origin=stated)
    for path, content in sorted(source.contents.items()):
        name = posixpath.basename(path)
        if name.startswith("values") and name.endswith((".yaml", ".yml", ".json")) and len(content) > VALUES_LIMIT:
            yield too_large(f"{path} has {len(content):,} bytes", VALUES_LIMIT, source.origin(path))


def _check_dependencies(source: SourceFiles, folder: str, depth: int) -> Iterator[Issue]:
    """Dependencies that are not in the folder `charts`, which helm would have to download; and the charts that are."""
    charts = _join(folder, "charts")
    vendored: set[str] = set()
    if depth > _DEEPEST:
        message = f"{folder} is a chart inside more than {_DEEPEST} others"
        yield error("ChartTooDeep", message, "Move it to the folder charts of the first one.", origin=source.origin(folder))
        return
    for path in sorted(_entries(source.contents, charts)):
        name = posixpath.basename(path)
        if name.startswith(("_", ".")):
            continue
        if name.endswith(".tgz"):
            yield from _check_archive(source, path, depth, vendored)
        elif _join(path, _CHART) in source.contents:
            vendored.add(_name_of(ReadFile(source, _join(path, _CHART))) or name)
            yield from _check_dependencies(source, path, depth + 1)
    yield from _not_vendored(source, folder, vendored)


def _not_vendored(source: SourceFiles, folder: str, vendored: Iterable[str]) -> Iterator[Issue]:
    for file in (ReadFile(source, _join(folder, _CHART)), ReadFile(source, _join(folder, _REQUIREMENTS))):
        for document in file.documents[:1]:
            listed: Any = document.value.get("dependencies") if isinstance(document.value, dict) else None
            for place, entry in entries(listed):
                name = text(entry, "name") if isinstance(entry, dict) else ""
                if name and name not in vendored:
                    message = (
                        f"the dependency {name} is not in {_join(folder, 'charts')}, and nothing is downloaded while rendering"
                    )
                    remedy = "Run `helm dependency build` there, and commit the folder charts."
                    origin = file.origin(document, ("dependencies", place))
                    yield error("NotVendored", message, remedy, origin=origin)


def _check_archive(source: SourceFiles, path: str, depth: int, vendored: set[str]) -> Iterator[Issue]:
    origin = source.origin(path)
    try:
        packed = unpack(source.contents[path], PACKED_LIMITS)
    except ArchiveError as problem:
        yield error("UnsafeArchive", f"{path}: {problem.clause}", "Pack the chart again with `helm package`.", origin=origin)
        return
    inside = SourceFiles(packed)
    yield from check_calls(SourceFiles(packed, source.at), path)
    for top in sorted({name.split("/", 1)[0] for name in packed if name.endswith(f"/{_CHART}") and name.count("/") == 1}):
        vendored.add(_name_of(ReadFile(inside, f"{top}/{_CHART}")) or top)
        for issue in _check_dependencies(inside, top, depth + 1):
            yield error(issue.reason, f"{issue.message} (in {path}, {issue.origin})", issue.remedy, origin=origin)


def _entries(contents: Mapping[str, bytes], folder: str) -> set[str]:
    """What is directly in a folder."""
    start = f"{folder}/"
    return {start + path.removeprefix(start).split("/", 1)[0] for path in contents if path.startswith(start)}


def _name_of(file: ReadFile) -> str:
    first = next(iter(file.documents), None)
    return text(first.value, "name") if first is not None and isinstance(first.value, dict) else ""


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
