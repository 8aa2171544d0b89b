"""What pages of the dashboard cost: `python -m benchmarks.dashboard [TEMPLATES] [CLUSTERS]`; how much more memory `run` takes
with `--dashboard`: `python -m benchmarks.dashboard beside [TEMPLATES] [CLUSTERS]`.

The repository and the status branch of `history.py`, packed; the server is a process of its own (`reconciler dashboard`), which
reads and compiles as soon as it listens; until that has ended nobody asks. Every page is asked for six times; *cold* is the
first, and the median of the others counts. Memory is that of the server above what it has before it reads anything. For *beside*
agents keep all members, and memory is that of `run` with its compilers: what each process has for itself, and its share of the
rest (Pss).
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import IO

from benchmarks import generate
from benchmarks.clock import plain_loop
from benchmarks.history import BRANCH, commits, imported


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    pid: int

    def page(self, path: str) -> tuple[float, float, int]:
        """(wall, CPU of the server) in seconds, and bytes."""
        cpu, start = self.cpu(), perf_counter()
        with urllib.request.urlopen(f"{self.url}{path}", timeout=600) as answer:  # noqa: S310 - our own
            size = len(answer.read())
        return perf_counter() - start, self.cpu() - cpu, size

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def cpu_with_git(self) -> float:
        """The programs that have ended, too."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / 100

    def moved(self, folder: Path, commit: str) -> tuple[float, float]:
        """(wall, CPU) in seconds from the moment when the status branch is at another commit to the event of an open page."""
        with urllib.request.urlopen(f"{self.url}/live", timeout=600) as events:  # noqa: S310 - our own
            _next_event(events)
            cpu, start = self.cpu_with_git(), perf_counter()
            generate.git(folder, ["update-ref", f"refs/heads/{BRANCH}", commit])
            _next_event(events)
            return perf_counter() - start, self.cpu_with_git() - cpu

    def settle(self) -> float:
        """Returns when it does nothing any more, with the CPU time that it took."""
        begun, last = self.cpu(), -1.0
        while (now := self.cpu()) != last:
            last = now
            sleep(3)
        return now - begun

    def memory(self, what: str = "VmRSS") -> float:
        """In MiB. what: VmRSS, or VmHWM for the peak."""
        found = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        assert found is not None
        return int(found[1]) / 1024


def _next_event(events: IO[bytes]) -> None:
    while not events.readline().startswith(b"data:"):
        pass


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "reconciler", "dashboard", str(folder), "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        found = re.search(r"http://\S+?:\d+", process.stderr.readline())
        assert found is not None
        yield Server(found[0], process.pid)
    finally:
        process.terminate()
        process.wait()


def family(pid: int) -> list[int]:
    """A process, and all below it."""
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in below for one in family(int(child)))]


def shared_memory(pid: int) -> float:
    """In MiB, of a process with all below it."""
    rollups = (Path(f"/proc/{one}/smaps_rollup").read_text() for one in family(pid))
    return sum(int(found[1]) for text in rollups if (found := re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE))) / 1024


def at_rest(pid: int) -> str:
    """The memory of a process with all below it, when they do nothing any more."""
    spent, last = [Server("", one).cpu() for one in family(pid)], [0.0]
    while spent != last:
        sleep(5)
        spent, last = [Server("", one).cpu() for one in family(pid)], spent
    return f"{shared_memory(pid):.0f} MiB in {len(family(pid))} processes"


def beside(templates: int, clusters: int) -> None:
    """Prints the memory of `run` without and with pages."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "config"
        folder.mkdir()
        imported(folder, commits(templates, clusters, 4, pulled=True))
        address = f"/objects/{generate.TEAMS[0]}/Deployment.apps/{Path(generate.template_path(0)).stem}"
        for pages in ((), ("--dashboard", "127.0.0.1:0")):
            with running(folder, pages) as (pid, port):
                print(f"{' '.join(('run', *pages)):30} {at_rest(pid)}", flush=True)
                for path in ("/", address, f"{address}/why") if pages else ():
                    Server(f"http://127.0.0.1:{port}", pid).page(path)
                    print(f"{'then ' + path.rpartition('/')[2]:30} {at_rest(pid)}", flush=True)


@contextmanager
def running(folder: Path, pages: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yields the id of the process and the port of its pages, when it has found the revision."""
    command = [sys.executable, "-m", "reconciler", "run", "--repo", str(folder), "--listen", "127.0.0.1:0", "--interval", "1h"]
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen([*command, "--log-json", *pages], stderr=log, stdout=log) as process,
    ):
        try:
            said = ""
            while '"new revision"' not in said:
                sleep(0.5)
                log.seek(0)
                said = log.read()
            found = re.search(r'"dashboard_port": (\d+)', said)
            yield process.pid, found[1] if found else ""
        finally:
            process.terminate()


def main() -> None:
    words = [one for one in sys.argv[1:] if one != "beside"]
    templates, clusters = (int(one) for one in [*words, *["1000", "1000"][len(words) :]])
    if "beside" in sys.argv:
        beside(templates, clusters)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "config"
        folder.mkdir()
        imported(folder, commits(templates, clusters, 40))
        newest = _commit(folder, BRANCH)
        generate.git(folder, ["update-ref", f"refs/heads/{BRANCH}", _commit(folder, f"{BRANCH}~1")])
        team, name = generate.TEAMS[0], Path(generate.template_path(0)).stem
        thing = f"/objects/{team}/Deployment.apps/{name}"
        pages = ("/", "/members", f"/members/{_member(folder)}", "/applications", f"/applications/{team}", "/policies",
                 "/search?q=cache", thing, f"{thing}/why", f"{thing}/manifest", f"{thing}/history")  # fmt: skip
        with serving(folder) as server:
            at_rest = server.memory()
            print(f"ready after {server.settle():.2f} CPU-s, with {server.memory() - at_rest:.0f} MiB more")
            for path in pages:
                cold = server.page(path)
                runs = [server.page(path) for _ in range(5)]
                wall, cpu = (median(run[place] for run in runs) for place in (0, 1))
                print(
                    f"{path:44} wall {wall:6.2f} s   CPU {cpu:6.2f} s   {cold[2] / 1000:6.0f} KB   "
                    f"{server.memory() - at_rest:5.0f} MiB   cold {cold[0]:.2f} s, {cold[1]:.2f} CPU"
                )
            for commit, what in ((newest, "one object changed"), (_commit(folder, f"{newest}~30"), "fifteen objects changed")):
                wall, cpu = server.moved(folder, commit)
                page = server.page("/")
                print(f"{what}: an open page hears of it after {wall:.2f} s and {cpu:.2f} CPU-s; then / took {page[1]:.2f} CPU-s")
            print(f"peak {server.memory('VmHWM') - at_rest:.0f} MiB above {at_rest:.0f}; loop {plain_loop():.3f} s")


def _commit(folder: Path, name: str) -> str:
    return subprocess.run(["git", "rev-parse", name], cwd=folder, capture_output=True, check=True, text=True).stdout.strip()


def _member(folder: Path) -> str:
    return sorted(one.stem for one in (folder / "clusters").glob("*.yaml"))[0]


if __name__ == "__main__":
    main()
