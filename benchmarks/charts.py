"""What charts cost: `python -m benchmarks.charts [CHARTS CLUSTERS]`, 200 charts of podinfo's size on 100 clusters by default.

Each chart has three sets of values: its own, and those of two thirds of the clusters by override policies. So there are three
expansions for each chart. Cold is a new process without results on the disk; helm is the one that the tests build, in its jail.
Rows: cold (load, compile, run helm, compile again, make the works), the same again from the disk, one value changed, nothing
changed. README.md explains the figures and keeps the last ones.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import NOW, in_memory
from reconciler.cli.main import collect_garbage_rarely
from reconciler.expanding.expander import Expander
from reconciler.expanding.expanding_compiler import ExpandingCompiler
from reconciler.expanding.expansion_store import ExpansionStore
from reconciler.expanding.jail_renderer import JailRenderer
from reconciler.expanding.programs import Programs
from reconciler.model.issues import errors_in
from reconciler.model.recorded import RecordedState
from reconciler.model.tree import Oversized
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.pipeline.works import make_works
from tests.parts.build import binary
from tests.support.fleet import cluster, document, override, policy, selector
from tests.support.sized_charts import small

OURS = "reconciler.dev/v1alpha1"
VARIANTS = 3


def repository(charts: int, clusters: int) -> dict[str, str]:
    names = [f"c{number:04}" for number in range(clusters)]
    files = {f"clusters/{name}.yaml": cluster(name) for name in names}
    for number in range(charts):
        name = f"app-{number:03}"
        files |= small(f"charts/{name}")
        files[f"apps/{name}/chart.yaml"] = chart(name, "red")
        files[f"apps/{name}/policy.yaml"] = policy(name, selector("Chart", name, OURS))
        for variant in range(1, VARIANTS):
            change = [{"path": "/spec/values/ui/message", "operator": "add", "value": f"variant {variant}"}]
            members = names[variant::VARIANTS]
            text = override(f"{name}-{variant}", selector("Chart", name, OURS), *members, plaintext=change)
            files[f"apps/{name}/variant-{variant}.yaml"] = text
    return files


def chart(name: str, color: str) -> str:
    spec = {"chart": {"path": f"charts/{name}"}, "values": {"ui": {"color": color}}}
    return document("Chart", name, api=OURS, spec=spec)


@contextmanager
def measured(row: str, figures: dict[str, dict[str, float]]) -> Iterator[None]:
    wall, before = time.perf_counter(), _cpu()
    yield
    own, helm = (now - then for now, then in zip(_cpu(), before, strict=True))
    figures[row] = {"wall": time.perf_counter() - wall, "cpu": own, "cpu of helm": helm}
    print(row, json.dumps({name: round(value, 2) for name, value in figures[row].items()}), flush=True)


def _cpu() -> tuple[float, float]:
    """Seconds: of this process, and of those that it started."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return used[0].ru_utime + used[0].ru_stime, used[1].ru_utime + used[1].ru_stime


async def measure(charts: int, clusters: int, store: Path) -> None:
    files, figures = repository(charts, clusters), dict[str, dict[str, float]]()
    programs = Programs(helm=binary("helm4"))
    expander = Expander(JailRenderer(programs), ExpansionStore(store))
    with measured("cold", figures):
        compiler = await one(files, expander)
    print(f"{expander.runs} expansions, {len(files)} files, {os.cpu_count()} cores")
    for row, color in (("one value changed", "blue"), ("nothing changed", "blue")):
        files["apps/app-001/chart.yaml"] = chart("app-001", color)
        before = expander.runs
        with measured(row, figures):
            await one(files, expander, compiler)
        print(f"{expander.runs - before} expansions")
    with measured("a new process", figures):
        await one(files, Expander(JailRenderer(programs), ExpansionStore(store)))


async def one(files: Mapping[str, str], expander: Expander, compiler: ExpandingCompiler | None = None) -> ExpandingCompiler:
    tree, blobs = in_memory(files)

    async def read(ids: Collection[str]) -> Mapping[str, bytes | Oversized]:
        return {one: blobs[one] for one in ids}

    compiler = compiler or ExpandingCompiler(ThreadCompiler(), expander, read)
    desired = await compiler.load(tree, blobs)
    compiled = await compiler.compile(desired, RecordedState(), NOW)
    assert not errors_in(compiled.issues), errors_in(compiled.issues)[0]
    assert not compiled.needs.missing
    works = make_works(compiled)
    print(f"{sum(len(work.manifests) for work in works.values())} manifests")
    await compiler.next_pass()
    return compiler


if __name__ == "__main__":
    collect_garbage_rarely()
    size = [int(word) for word in sys.argv[1:3]] or [200, 100]
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(size[0], size[1], Path(folder)))
