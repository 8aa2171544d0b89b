"""Twelve hostile charts and kustomizations, with the real programs: each is refused with file and line, and leaks nothing.

Each is tried twice: as it is rendered, and without the check before, so that the jail has to hold by itself.
"""

from __future__ import annotations

import asyncio
import re
import select
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.jail.failures import Limit, LimitError, RunError
from reconciler.jail.isolation import Means
from reconciler.jail.jail import run
from reconciler.jail.program import Limits, Program
from tests.e2e.jail.harness import ISOLATED, SECRET, Canaries, isolation, left_behind
from tests.e2e.jail.rendering import CHART, Rendering, packed
from tests.parts.build import binaries

by_each = pytest.mark.parametrize("means", ISOLATED)
SLIPPED = Path("/tmp/reconciler-slipped")  # noqa: S108 - where one of them wants to write
HELMS = ("helm3", "helm4")
PROGRAMS = (*HELMS, "kustomize")


@dataclass(frozen=True)
class Hostile:
    """What somebody may commit. TCP, HOME and OUTSIDE in a file are replaced by what the canaries are."""

    files: Mapping[str, bytes]
    refused: str
    """The start of the only issue, as a pattern: file:line, reason."""
    kustomize: bool = False
    folder: str = ""
    values: Sequence[str] = ()
    padded: int = 0
    """To how many characters spaces fill each of the values up, when it is rendered: every process of a run imports this file."""
    links: frozenset[str] = field(default_factory=frozenset)


def chart(template: str, **files: bytes) -> dict[str, bytes]:
    return {"Chart.yaml": CHART, "templates/a.yaml": template.encode(), **files}


def kustomization(text: str, **files: bytes) -> dict[str, bytes]:
    return {"kustomization.yaml": text.encode(), "a.yaml": b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n", **files}


GENERATOR = "configMapGenerator:\n- name: x\n  files:\n"
SLIPS = {"sub/Chart.yaml": CHART, "sub/../../../tmp/reconciler-slipped": b"x"}
EXEC = """apiVersion: example.com/v1
kind: Bomb
metadata:
  name: bomb
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ./bomb.sh}
"""
BOMB = b"#!/bin/sh\nbomb() { bomb | bomb & }\nbomb\n"

TWELVE = {
    "remote base": Hostile(
        kustomization("resources:\n- a.yaml\n- http://127.0.0.1:TCP/base.yaml\n"),
        r"charts/web/kustomization\.yaml:3 RemoteResource .*is on another host",
        kustomize=True,
    ),
    "remote base in Git": Hostile(
        kustomization("resources:\n- a.yaml\n- http://127.0.0.1:TCP/x/y.git//base?ref=v1\n"),
        r"charts/web/kustomization\.yaml:3 RemoteResource",
        kustomize=True,
    ),
    "../": Hostile(
        {
            f"k/{name}": content
            for name, content in kustomization("configMapGenerator:\n- name: x\n  files:\n  - ../../../OUTSIDE\n").items()
        },
        r"charts/web/k/kustomization\.yaml:4 OutsideSource .*leads out of the source",
        kustomize=True,
        folder="k",
    ),
    "symbolic link": Hostile(
        chart('a: {{ .Files.Get "link" }}\n'),
        r"charts/web/link SymbolicLink .*is a link",
        links=frozenset({"link"}),
    ),
    "zip slip": Hostile(
        chart("a: b\n") | {"charts/sub-1.0.0.tgz": packed(SLIPS)},
        r"charts/web/charts/sub-1\.0\.0\.tgz UnsafeArchive .*leads out of its folder",
    ),
    "1 GB of values": Hostile(
        chart("a: b\n"),
        r"apps/web\.yaml:7 TooLarge the values have 1,073,741,824 characters",
        values=["x: "],
        padded=1 << 30,
    ),
    "recursive template": Hostile(
        chart('{{ define "again" }}{{ include "again" . }}{{ end }}\na: {{ include "again" . }}\n'),
        r"charts/web/templates/a\.yaml:[12] RenderFailed helm cannot render this: .*(again|nested)",
    ),
    "getHostByName": Hostile(
        chart('a: b\nb: {{ getHostByName "canary.example.com" }}\n'),
        r"charts/web/templates/a\.yaml:2 NetworkFunction .*calls getHostByName",
    ),
    "tpl bomb": Hostile(
        chart("a: {{ tpl .Values.bomb . }}\n"),
        r"apps/web\.yaml:7 RenderFailed helm[34] was ended because it needs more than|"
        r"charts/web/templates/a\.yaml:1 RenderFailed helm cannot render this: ",
        values=["bomb: '{{ tpl .Values.bomb . }}{{ tpl .Values.bomb . }}'\n"],
    ),
    "text bomb": Hostile(
        chart('a: {{ range until 4000 }}{{ repeat 10000000 "x" }}{{ end }}\n'),
        r"apps/web\.yaml:7 RenderFailed helm[34] was ended because it needs more than 419,430,400 bytes of memory",
    ),
    "exec plugin": Hostile(
        kustomization("resources: [a.yaml]\ntransformers:\n- plugin.yaml\n") | {"plugin.yaml": EXEC.encode()},
        r"charts/web/plugin\.yaml:1 ProgramWhileRendering Bomb would run another program",
        kustomize=True,
    ),
    "environment": Hostile(
        chart('a: b\nb: {{ env "CANARY" }}\n'),
        r'charts/web/templates/a\.yaml:2 RenderFailed helm cannot render this: .*function "env" not defined',
    ),
    "HOME": Hostile(
        kustomization(f"{GENERATOR}  - HOME/.secret\n"),
        r"charts/web/kustomization\.yaml:4 OutsideSource",
        kustomize=True,
    ),
    "fork bomb": Hostile(
        kustomization("resources: [a.yaml]\ngenerators:\n- |\n  " + EXEC.replace("\n", "\n  ") + "\n") | {"bomb.sh": BOMB},
        r"charts/web/kustomization\.yaml:3 ProgramWhileRendering",
        kustomize=True,
    ),
}
CASES = [
    pytest.param(case, program, id=f"{name}-{program}")
    for name, case in TWELVE.items()
    for program in (("kustomize",) if case.kustomize else HELMS)
]


@pytest.fixture(scope="module", autouse=True)
def programs() -> Mapping[str, Path]:
    """Before HOME is another one: the cache with the programs is below it."""
    return binaries(PROGRAMS)


def rendering(case: Hostile, program: str, means: Means, around: Canaries, programs: Mapping[str, Path]) -> Rendering:
    words = {b"TCP": str(around.address(around.tcp)[1]), b"HOME": str(around.home), b"OUTSIDE": str(around.file).lstrip("/")}
    contents = {}
    for path, content in case.files.items():
        contents[path] = content
        for word, text in words.items() if path.endswith("kustomization.yaml") else ():
            contents[path] = contents[path].replace(word, text.encode())
    values = [text.ljust(case.padded) for text in case.values]
    return Rendering(programs[program], isolation(means), contents, values, case.links, case.folder)


@pytest.mark.parametrize(("case", "program"), CASES)
async def test_it_is_refused_with_file_and_line(
    case: Hostile, program: str, around: Canaries, programs: Mapping[str, Path]
) -> None:
    issues = await rendering(case, program, Means.BUBBLEWRAP, around, programs).refused()
    texts = [f"{issue.origin} {issue.reason} {issue.message}" for issue in issues]
    assert len(texts) == 1, texts
    assert re.match(case.refused, texts[0]), texts
    assert issues[0].remedy
    assert SECRET not in str(issues)
    assert "/files" not in str(issues) and "reconciler-jail-" not in str(issues)  # noqa: PT018
    assert left_behind() == []


@by_each
@pytest.mark.parametrize(("case", "program"), [one for one in CASES if not re.search("1 GB|helm3", str(one.id))])
async def test_the_jail_holds_without_the_check(
    case: Hostile, program: str, means: Means, around: Canaries, programs: Mapping[str, Path]
) -> None:
    try:
        output = await rendering(case, program, means, around, programs).without_check()
    except RunError as failure:
        told = f"{failure} {getattr(failure, 'stderr', '')}"
    else:
        told = f"{output.stdout.decode()} {output.stderr}"
    assert SECRET not in told
    assert around.nobody_came()
    assert not await asyncio.to_thread(SLIPPED.exists)
    assert left_behind() == []


def test_without_the_jail_kustomize_asks_the_network(around: Canaries, tmp_path: Path, programs: Mapping[str, Path]) -> None:
    """The listener would notice."""
    made = rendering(TWELVE["remote base"], "kustomize", Means.NONE, around, programs)
    for path, content in made.contents.items():
        (tmp_path / path).write_bytes(content)
    with subprocess.Popen([made.program, "build", tmp_path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        select.select([around.tcp], [], [], 60)
        process.kill()
    assert not around.nobody_came()


@by_each
@pytest.mark.parametrize("helm", HELMS)
async def test_lookup_finds_nothing(helm: str, means: Means, programs: Mapping[str, Path]) -> None:
    files = chart('a: {{ lookup "v1" "Secret" "default" "x" | toJson }}\n')
    output = await Rendering(programs[helm], isolation(means), files).without_check()
    assert b"a: {}" in output.stdout


@by_each
@pytest.mark.parametrize("helm", HELMS)
async def test_get_host_by_name_finds_nothing(helm: str, means: Means, around: Canaries, programs: Mapping[str, Path]) -> None:
    """A name that is put together while rendering is not found by the check."""
    files = chart('a: "{{ tpl (printf "{{ get%s \\"localhost\\" }}" "HostByName") . }}"\n')
    output = await Rendering(programs[helm], isolation(means), files).without_check()
    assert b'a: ""' in output.stdout


@by_each
async def test_a_fork_bomb_that_runs_is_ended(means: Means) -> None:

    program = Program(Path("/bin/sh"), ("bomb.sh",))
    with pytest.raises(LimitError) as raised:
        await run(program, {"bomb.sh": BOMB}, limits=Limits(seconds=60), isolation=isolation(means))
    assert raised.value.limit is Limit.PROCESSES
    assert left_behind() == []
