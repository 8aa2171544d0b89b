"""Where time and memory go, stage by stage: `python -m benchmarks.profile [TEMPLATES] [CLUSTERS] [--json]`.

One process does what a controller, and a reviewer, have done: it reads a commit from Git, loads and compiles it, makes the works
of all members and records the result; once more from what is recorded now; then for a commit that edits one template; then `diff`
between the two. Each row has CPU with the git processes, wall time, and by how much the resident memory grew.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import perf_counter
from typing import TypeAlias

from benchmarks import generate
from benchmarks.clock import plain_loop
from benchmarks.stages import Stages, resident
from reconciler.cli.main import collect_garbage_rarely
from reconciler.model.health import CURRENT
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import ClusterStatus
from reconciler.model.work import RenderedManifest, Work
from reconciler.passes.status_recorder import StatusRecorder
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.pipeline.revision import commit_files, read_contents
from reconciler.pipeline.works import WorkMaker
from reconciler.record.next_state import Observation, next_state
from reconciler.record.status_branch import read_recorded
from reconciler.repo.client import Repository
from reconciler.review.diff import diff_revisions
from reconciler.review.revision_pair import Sides

BRANCH = "reconciler/status"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
Spent: TypeAlias = dict[str, float]
"""`cpu` and `wall` in seconds, `MiB`."""


class Profile:
    """The rows, in the order of the steps. A stage of a step has its name after that of the step."""

    def __init__(self) -> None:
        self.rows: dict[str, Spent] = {}
        self._stages = Stages()
        self._stages.install()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._stages.reset()
        wall, cpu, memory = perf_counter(), _cpu(), resident()
        yield
        self.rows[name] = {"cpu": _cpu() - cpu, "wall": perf_counter() - wall, "MiB": resident() - memory}
        inside = {stage: dict(spent) for stage, spent in self._stages.spent.items() if spent["wall"]}
        if len(inside) > 1:
            self.rows |= {f"{name} / {stage.rpartition(': ')[2]}": spent for stage, spent in inside.items()}


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "--json"]
    templates, clusters = (int(word) for word in (*words, *("1000", "100")[len(words) :]))
    collect_garbage_rarely()
    profile = Profile()
    with tempfile.TemporaryDirectory() as folder:
        files = generate.repository(templates, clusters)
        generate.commit(files, Path(folder), "All")
        generate.commit(dict([generate.edited(files, 2)]), Path(folder), "Change one")
        for verb in ("--help", "diff --help"):
            _start(folder, verb)  # Python compiles its sources then, as an installation does once.
            with profile.step(f"start: {verb}"):
                _start(folder, verb)
        asyncio.run(_profiled(folder, profile))
    if "--json" in sys.argv:
        print(json.dumps({"rows": profile.rows, "loop": plain_loop(), "peak": getrusage(RUSAGE_SELF).ru_maxrss / 1024}, indent=2))
    else:
        _print(profile, f"{templates:,} templates, {clusters:,} clusters")


def _start(folder: str, verb: str) -> None:
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": f"{folder}/.git/pycache", "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-m", "reconciler", *verb.split()]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


async def _profiled(folder: str, profile: Profile) -> None:
    async with await Repository.open(folder) as repository:
        recorder = StatusRecorder(repository, lambda: NOW, push=False)
        await recorder.read(BRANCH)
        compiler, maker, memo = ThreadCompiler(), WorkMaker(), Memo()
        for revision, name in (("HEAD~1", "cold"), ("HEAD~1", "as recorded"), ("HEAD", "one edit")):
            await _pass(repository, revision, compiler, maker, memo, recorder, profile, name)
        with profile.step("status branch: read"):
            await read_recorded(repository, BRANCH)
        with profile.step("diff, one edit"):
            fresh = ThreadCompiler()
            await diff_revisions(repository, fresh, Sides("HEAD~1", "HEAD"), NOW, fresh.place)


async def _pass(
    repository: Repository,
    revision: str,
    compiler: ThreadCompiler,
    maker: WorkMaker,
    memo: Memo,
    recorder: StatusRecorder,
    profile: Profile,
    name: str,
) -> None:
    with profile.step(f"{name}: git"):
        files = await commit_files(repository, await repository.resolve(revision))
        contents = await read_contents(repository, compiler, files)
    with profile.step(f"{name}: load"):
        desired = await compiler.load(files.tree, contents)
    with profile.step(f"{name}: compile"):
        compiled = await compiler.compile(desired, recorder.state, NOW)
    with profile.step(f"{name}: works"):
        works = maker.works(compiled)
    seen = _all_current(works, memo)
    with profile.step(f"{name}: status"):
        state = next_state(compiled, works, Observation("0" * 40, NOW, seen), memo)
    memo.next_pass()
    with profile.step(f"{name}: status commit"):
        recorder.take(recorder.state, replace(state, revision=files.commit.sha if files.commit else ""), ())
        await recorder.commit(BRANCH, state.revision)
    await compiler.next_pass()


def _all_current(works: Mapping[ClusterName, Work], memo: Memo) -> dict[ClusterName, dict[ResourceKey, ClusterStatus]]:
    """What a pass sees that finds every copy Current: the same objects as before, where nothing changed."""
    return {name: {one.key: memo(_current, name, one) for one in work.manifests} for name, work in works.items()}


def _current(name: ClusterName, rendered: RenderedManifest) -> ClusterStatus:
    return ClusterStatus(name, True, CURRENT, digest=rendered.public_digest)


def _cpu() -> float:
    usages = (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _print(profile: Profile, size: str) -> None:
    print(f"{size}; a loop of plain Python takes {plain_loop():.3f} s\n")
    print(f"{'':<34}{'CPU ms':>10}{'wall ms':>10}{'MiB':>8}")
    for name, spent in profile.rows.items():
        step, _, stage = name.partition(" / ")
        memory = f"{spent['MiB']:>8.1f}" if "MiB" in spent else ""
        print(f"{f'    {stage}' if stage else step:<34}{spent['cpu'] * 1e3:>10.1f}{spent['wall'] * 1e3:>10.1f}{memory}")
    print(f"\npeak of resident memory: {getrusage(RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
