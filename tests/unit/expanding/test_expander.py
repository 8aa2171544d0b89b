"""From requests to expansions: what is read, checked, run, kept and explained."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.expand.invocation import Invocation
from reconciler.expanding.expander import Expander
from reconciler.expanding.expansion_store import ExpansionStore
from reconciler.expanding.programs import Programs
from reconciler.jail.failures import InputError, JailError, Limit, LimitError, ProgramError
from reconciler.model.expansion import Expansion, ExpansionKey, ExpansionRequest, Source, SourceEntry, Tool
from reconciler.model.issues import Severity
from reconciler.model.tree import Oversized

FILES = {"Chart.yaml": b"apiVersion: v2\nname: app\nversion: 1.0.0\n", "templates/a.yaml": b"a: 1\n"}
SOURCE = Source("sha256:1", tuple(SourceEntry(path, path) for path in FILES), "charts/app")
REQUEST = ExpansionRequest(ExpansionKey(f"sha256:{'a' * 64}"), Tool.HELM, SOURCE, "", "app", values=("{}",))
OTHER = replace(REQUEST, key=ExpansionKey(f"sha256:{'b' * 64}"), values=('{"a":1}',))


class Told:
    """A Renderer that does as it is told."""

    def __init__(self, outcome: str | Exception = "out", version: str | Exception = "v1") -> None:
        self.outcome, self.told_version = outcome, version
        self.runs: list[Invocation] = []

    async def version(self, tool: Tool) -> str:
        if isinstance(self.told_version, Exception):
            raise self.told_version
        return self.told_version

    async def render(self, invocation: Invocation) -> str:
        self.runs.append(invocation)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class Blobs:
    def __init__(self, files: Mapping[str, bytes | Oversized] = FILES) -> None:
        self.files, self.asked = files, 0

    async def read(self, ids: Collection[str]) -> Mapping[str, bytes | Oversized]:
        self.asked += 1
        return {one: self.files[one] for one in ids}


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def one(renderer: Told, files: Mapping[str, bytes | Oversized] = FILES) -> Expansion:
    source = replace(SOURCE, files=tuple(SourceEntry(path, path) for path in files))
    request = replace(REQUEST, source=source)
    return (await Expander(renderer).expand([request], Blobs(files).read))[request.key]


async def test_a_source_is_read_once_for_all_its_requests() -> None:
    blobs, renderer = Blobs(), Told()
    found = await Expander(renderer).expand([REQUEST, OTHER], blobs.read)
    assert (found.keys(), blobs.asked, len(renderer.runs)) == ({REQUEST.key, OTHER.key}, 1, 2)
    assert found[REQUEST.key] == Expansion(REQUEST.key, "out")


async def test_what_must_not_be_rendered_is_not() -> None:
    renderer = Told()
    found = await one(renderer, {**FILES, "templates/a.yaml": b'a: {{ getHostByName "x" }}\n'})
    assert renderer.runs == []
    assert found.failure is not None
    assert (found.failure.reason, str(found.failure.origin)) == ("NetworkFunction", "charts/app/templates/a.yaml:1")


async def test_values_are_checked_each_by_themselves() -> None:
    renderer = Told()
    bad = replace(OTHER, values=('{"a":"{{ getHostByName \\"x\\" }}"}',))
    found = await Expander(renderer).expand([REQUEST, bad], Blobs().read)
    assert found[REQUEST.key].failure is None
    assert found[bad.key].failure is not None
    assert len(renderer.runs) == 1


async def test_a_call_of_lookup_is_a_notice_beside_the_output() -> None:
    found = await one(Told(), {**FILES, "templates/a.yaml": b'a: {{ lookup "v1" "Pod" "" "" }}\n'})
    assert (found.output, found.failure) == ("out", None)
    assert [(issue.reason, issue.severity) for issue in found.issues] == [("LookupIsEmpty", Severity.WARNING)]


async def test_a_file_that_is_too_large_is_named() -> None:
    found = await one(Told(), {**FILES, "big.bin": Oversized(20, 10)})
    assert found.failure is not None
    assert str(found.failure.origin) == "charts/app/big.bin"


@pytest.mark.parametrize(
    ("failure", "lasting", "unavailable", "says"),
    [
        (ProgramError("helm", 1, "Error: parse error at (app/templates/a.yaml:1): boom"), True, False, "boom"),
        (LimitError(Limit.MEMORY, "too much memory"), True, False, "too much memory"),
        (LimitError(Limit.TIME, "too slow"), False, False, "too slow"),
        (InputError("source/templates/a.yaml", "is odd"), True, False, "is odd"),
        (JailError("nothing isolates"), False, True, "nothing isolates"),
    ],
)
async def test_what_went_wrong_is_part_of_the_result(failure: Exception, lasting: bool, unavailable: bool, says: str) -> None:
    found = await one(Told(failure))
    assert found.failure is not None
    assert says in found.failure.message
    assert (found.lasting, found.unavailable, found.output) == (lasting, unavailable, "")


async def test_a_program_that_is_not_there_is_told_without_a_run() -> None:
    renderer = Told(version=JailError("helm is not in PATH", remedy="Install helm."))
    found = await one(renderer)
    assert (found.unavailable, found.lasting, renderer.runs) == (True, False, [])


async def test_what_the_store_has_is_not_run_again(tmp_path: Path) -> None:
    store = ExpansionStore(tmp_path / "store")
    await Expander(Told(), store).expand([REQUEST], Blobs().read)
    again, newer = Told("other"), Told("other", version="v2")
    found = await Expander(again, store).expand([REQUEST], Blobs().read)
    assert (found[REQUEST.key].output, again.runs) == ("out", [])
    assert (await Expander(newer, store).expand([REQUEST], Blobs().read))[REQUEST.key].output == "other"


async def test_what_was_decrypted_never_reaches_the_store(tmp_path: Path) -> None:
    store = ExpansionStore(tmp_path / "store")
    await Expander(Told("secret"), store).expand([replace(REQUEST, private=True)], Blobs().read)
    assert files_below(tmp_path) == []


async def test_a_failure_is_not_stored(tmp_path: Path) -> None:
    store = ExpansionStore(tmp_path / "store")
    await Expander(Told(ProgramError("helm", 1, "no")), store).expand([REQUEST], Blobs().read)
    assert files_below(tmp_path) == []


def test_programs_are_those_that_are_named_or_in_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "helm"
    program.write_text("#!/bin/sh\n")
    with pytest.raises(JailError, match="is not an executable file"):
        Programs(helm=program).find(Tool.HELM)
    program.chmod(0o755)
    assert Programs(helm=program).find(Tool.HELM) == program.resolve()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Programs().find(Tool.HELM) == program.resolve()
    with pytest.raises(JailError, match="kustomize is not in PATH"):
        Programs().find(Tool.KUSTOMIZE)
