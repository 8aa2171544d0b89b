"""What questions about one object's past cost: `python -m benchmarks.history [TEMPLATES] [CLUSTERS] [STATES]`.

A generated repository (`generate.py`) whose templates are edited one after the other, and a status branch with so many states:
for each edit one in which the object is in progress, and one in which it is Current. One object is edited every fortieth time,
and fails once. Each command is a process of its own, on a packed repository, and runs once before it is measured.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter

from benchmarks import generate
from benchmarks.clock import plain_loop
from benchmarks.measure import in_memory
from reconciler.model.health import CURRENT, Health, HealthStatus
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedState
from reconciler.pipeline.compiler import Compiler
from reconciler.record.branch_layout import files_of
from reconciler.record.next_state import assume_applied

BRANCH = "reconciler/status"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = 40
"""One edit in so many is of the object that is asked for."""
IN_PROGRESS = Health(HealthStatus.IN_PROGRESS, "Available: 1/2", "LessAvailable")
FAILED = Health(HealthStatus.FAILED, "Progress deadline exceeded", "ProgressDeadlineExceeded")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit for `git fast-import`."""

    branch: str
    message: str
    files: Mapping[str, bytes]
    mark: int
    when: int


def commits(templates: int, clusters: int, states: int, *, pulled: bool = False) -> Iterator[Commit]:
    """pulled: whether agents keep all members, so that nobody else connects to one."""
    files = generate.repository(templates, clusters)
    if pulled:
        files = {path: text.replace("syncMode: Push", "syncMode: Pull") for path, text in files.items()}
    compiler = Compiler()
    tree, blobs = in_memory(files)
    state = reported(compiler, tree, blobs)
    keys = {decision.template_file: key for key, decision in state.decisions.items()}
    asked = generate.template_path(0)
    yield Commit("main", "Start", {path: text.encode() for path, text in files.items()}, 1, 0)
    yield Commit(BRANCH, "sync: first", files_of(state), 2, 1)
    for number in range(1, states // 2 + 1):
        path, text = generate.edited(files, number)
        if number % EVERY == 0:
            path, text = asked, files[asked].replace("\n          image: ", f"\n          image: edited-{number}.", 1)
        changed = {path: text.encode()}
        yield Commit("main", f"Edit {path}", changed, 10 * number, 100 * number)
        key = keys[path]
        if path == asked:
            tree_of_edit, more = in_memory({path: text})
            tree, blobs = {**tree, **tree_of_edit}, {**blobs, **more}
            digests = {one.cluster: one.digest for one in reported(compiler, tree, blobs).report_of(key).statuses}
        else:
            digests = dict.fromkeys((one.cluster for one in state.report_of(key).statuses), f"sha256:{number:064x}")
        last = FAILED if path == asked and number == EVERY * (states // 4 // EVERY) else CURRENT
        for step, health in enumerate((IN_PROGRESS, last), start=1):
            statuses = tuple(replace(one, health=health, digest=digests[one.cluster]) for one in state.report_of(key).statuses)
            state = replace(state, reports={**state.reports, key: ObjectReport(statuses)})
            yield Commit(BRANCH, f"sync: {path}", _files_of_one(state, key, 10 * number), 10 * number + step, 100 * number + step)


def reported(compiler: Compiler, tree: Mapping, blobs: Mapping) -> RecordedState:  # type: ignore[type-arg]
    """Everything applied and Current."""
    compiled = compiler.compile(compiler.load(tree, blobs), RecordedState(), NOW)
    compiler.next_pass()
    state = assume_applied(compiled)
    reports = {
        key: ObjectReport(
            tuple(
                ClusterStatus(name, True, CURRENT, digest=rendered.public_digest)
                for name, rendered in sorted(item.rendering.manifests.items())
            )
        )
        for key, item in compiled.templates.items()
    }
    return replace(state, revision="1", reports=reports)


def _files_of_one(state: RecordedState, key: ResourceKey, revision: int) -> dict[str, bytes]:
    """The files that a pass over one object changes."""
    one = RecordedState(str(revision), {key: state.decisions[key]}, {key: state.reports[key]})
    return files_of(one)


def imported(folder: Path, all_commits: Iterator[Commit]) -> None:
    """Writes the repository. The revision that a state names is the mark of a commit, replaced by its id in a first import."""
    generate.git(folder, ["init", "--quiet", "--initial-branch=main"])
    listed = list(all_commits)
    _import(folder, [one for one in listed if one.branch == "main"])
    marks = dict(line.split() for line in (folder / ".git" / "marks").read_text().splitlines())
    recorded = []
    for one in listed:
        if one.branch == BRANCH:
            text = one.files["revision.yaml"].decode()
            number = text.partition("revision: ")[2].split()[0].strip("\"'")
            written = text.replace(f"revision: {text.partition('revision: ')[2].split()[0]}", f"revision: {marks[f':{number}']}")
            recorded.append(replace(one, files={**one.files, "revision.yaml": written.encode()}))
    _import(folder, recorded)
    generate.git(folder, ["repack", "-a", "-d", "-q"])
    generate.git(folder, ["reset", "--quiet", "--hard"])


def _import(folder: Path, all_commits: list[Commit]) -> None:
    program = subprocess.Popen(["git", "fast-import", "--quiet", "--export-marks=.git/marks"], cwd=folder, stdin=subprocess.PIPE)
    assert program.stdin is not None
    for one in all_commits:
        who = f"Ada Lovelace <ada@example.org> {1_767_225_600 + one.when} +0000"
        program.stdin.write(f"commit refs/heads/{one.branch}\nmark :{one.mark}\nauthor {who}\ncommitter {who}\n".encode())
        program.stdin.write(f"data {len(one.message.encode())}\n{one.message}\n".encode())
        for path, data in one.files.items():
            program.stdin.write(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
    program.stdin.close()
    assert program.wait() == 0


def measured(folder: Path, *arguments: str) -> tuple[float, float]:
    """(wall, CPU with git) seconds of the best of three."""
    runs = []
    for _ in range(4):
        before, start = getrusage(RUSAGE_CHILDREN), perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments, "--repo", str(folder)], capture_output=True, check=False
        )
        assert done.returncode in (0, 1), done.returncode
        after = getrusage(RUSAGE_CHILDREN)
        spent = sum(getattr(after, name) - getattr(before, name) for name in ("ru_utime", "ru_stime"))
        runs.append((perf_counter() - start, spent))
    return min(run[0] for run in runs[1:]), min(run[1] for run in runs[1:])


def main() -> None:
    templates, clusters, states = (int(one) for one in [*sys.argv[1:], *["1000", "100", "2000"][len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "config"
        folder.mkdir()
        imported(folder, commits(templates, clusters, states))
        name = Path(generate.template_path(0)).stem
        object_name = f"deployment/{name}"
        rows = {
            "history, one object": ("history", object_name),
            "history, 20 revisions": ("history",),
            "blame": ("blame", object_name, "--cluster", _a_cluster(folder, name)),
            "bisect": ("bisect", object_name),
            "status --at": ("status", object_name, "--at", "HEAD~10"),
        }
        for row, arguments in rows.items():
            wall, cpu = measured(folder, *arguments)
            print(f"{row:24} wall {wall:.2f} s   CPU {cpu:.2f} s")
        print(f"loop {plain_loop():.3f} s")


def _a_cluster(folder: Path, name: str) -> str:
    """One that holds the object."""
    path = f"reports/{generate.TEAMS[0]}/Deployment.apps/{name}.yaml"
    shown = subprocess.run(["git", "show", f"{BRANCH}:{path}"], cwd=folder, capture_output=True, check=True, text=True).stdout
    return shown.partition("names:\n")[2].split("- ")[1].split()[0]


if __name__ == "__main__":
    main()
