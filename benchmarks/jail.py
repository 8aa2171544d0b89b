"""What the jail costs each run of a program: `python -m benchmarks.jail [RUNS]`.

helm and kustomize render something small, in turns: bare, as a process with our environment in a folder of the disk, and by each
means of isolation that works here. What the machine does meets all of them. Each figure is of pairs: a jailed run minus the bare
run beside it; first CPU time, of this process and of all that ran, then wall time. bubblewrap does not wait for its child, so
nobody is told the CPU time of that one.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from reconciler.jail.helm import Release, helm_template
from reconciler.jail.isolation import Isolation, Means
from reconciler.jail.jail import run
from reconciler.jail.kustomize import kustomize_build
from reconciler.jail.probe import why_not
from reconciler.jail.program import Limits, Program
from reconciler.jail.programs import find_program
from tests.parts.build import binaries

TEMPLATE = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {a: {{ .Values.a | quote }}}\n"
CHART = {"Chart.yaml": b"apiVersion: v2\nname: web\nversion: 0.1.0\n", "templates/a.yaml": TEMPLATE}
OBJECT = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
KUSTOMIZATION = {"kustomization.yaml": b"resources: [a.yaml]\nnamePrefix: a-\n", "a.yaml": OBJECT}


Seconds = tuple[float, float]
"""CPU, wall."""


def now() -> Seconds:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used), time.perf_counter()


def less(one: Seconds, other: Seconds) -> Seconds:
    return one[0] - other[0], one[1] - other[1]


async def bare(program: Program, folder: Path) -> Seconds:
    """A run without a jail."""
    begun = now()
    process = await asyncio.create_subprocess_exec(
        program.path, *program.arguments, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    assert output
    return less(now(), begun)


async def jailed(program: Program, files: Mapping[str, bytes], isolation: Isolation) -> Seconds:
    begun = now()
    assert (await run(program, files, limits=Limits(), isolation=isolation)).stdout
    return less(now(), begun)


async def measure(program: Program, files: Mapping[str, bytes], means: list[Isolation], runs: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        for path, content in files.items():
            place = Path(name) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        alone: list[Seconds] = []
        more: dict[Means, list[Seconds]] = {one.means: [] for one in means}
        for number in range(runs + 1):
            seconds = await bare(program, Path(name))
            taken = {one.means: await jailed(program, files, one) for one in means}
            if number:  # The first one warms up.
                alone.append(seconds)
                for one, jail in taken.items():
                    more[one].append(less(jail, seconds))
    row = [f"bare {shown(alone)}"]
    row += [f"{one} +{shown(extra, without_cpu=one is Means.BUBBLEWRAP)}" for one, extra in more.items()]
    print(f"{program.path.name}: {', '.join(row)} (CPU / wall, medians of {runs})")


def shown(times: list[Seconds], *, without_cpu: bool = False) -> str:
    cpu, wall = (f"{1000 * statistics.median(column):.0f}" for column in zip(*times, strict=True))
    return f"{'?' if without_cpu else cpu} / {wall} ms"


async def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    bubblewrap = find_program("bwrap")
    candidates = [Isolation(one, bubblewrap) for one in (Means.BUBBLEWRAP, Means.NAMESPACES, Means.LANDLOCK)]
    means = [one for one in candidates if not await why_not(one)]
    programs = binaries(["helm3", "helm4", "kustomize"])
    for name in ("helm3", "helm4"):
        program, files = helm_template(programs[name], Release("web", "apps"), CHART, values=["a: 1\n"])
        await measure(program, files, means, runs)
    await measure(kustomize_build(programs["kustomize"]), KUSTOMIZATION, means, runs)


if __name__ == "__main__":
    asyncio.run(main())
