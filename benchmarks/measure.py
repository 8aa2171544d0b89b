"""One measurement in a process of its own, printed as JSON: `python -m benchmarks.measure KIND TEMPLATES CLUSTERS`.

Each measurement has a fresh process, so its peak of memory is its own, and nothing is cached. The process stays on one core where
the system allows it, and also times a fixed loop of plain Python: on a shared machine, the ratio says more than seconds.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any

from benchmarks import generate
from benchmarks.clock import plain_loop, stopwatch
from benchmarks.stages import Stages, resident
from reconciler.cli.main import collect_garbage_rarely
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.model.tree import Tree, TreeEntry
from reconciler.model.work import Work
from reconciler.pipeline import works as member_works
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.works import WorkMaker

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHANGED_AT_LEAST = 0.3
"""The share of (template, cluster) pairs that overrides must change, so that the input is not easier than the goals assume."""


def cold(templates: int, clusters: int) -> dict[str, Any]:
    """From blobs in memory to works, with a new compiler."""
    tree, blobs = in_memory(generate.repository(templates, clusters))
    stages = Stages()
    stages.install()
    at_rest = resident()
    with stopwatch() as spent:
        compiler = Compiler()
        desired = compiler.load(tree, blobs)
        loaded = resident()
        compiled = compiler.compile(desired, RecordedState(), NOW)
        works = member_works.make_works(compiled)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cpu = {name: spent["cpu"] for name, spent in stages.spent.items()}
    by_stage = {**cpu, "the rest": spent["cpu"] - sum(cpu.values())}
    memory = {"before": at_rest, "loaded": loaded, "compiled": resident(), "peak": peak}
    return {**spent, "stages": by_stage, "MiB": memory, **shares(compiled, works, templates * clusters)}


def edits(templates: int, clusters: int) -> dict[str, Any]:
    """Twenty edits of one template, one after the other, on one compiler: each loads and compiles the whole revision."""
    files = generate.repository(templates, clusters)
    tree, blobs = in_memory(files)
    compiler, maker = Compiler(), WorkMaker()
    maker.works(compiler.compile(compiler.load(tree, blobs), RecordedState(), NOW))
    compiler.next_pass()
    runs = []
    for number in range(20):
        path, text = generate.edited(files, number)
        changed, changed_blobs = in_memory({path: text})
        tree = {**tree, **changed}
        with stopwatch() as spent:
            assert compiler.missing(tree) == set(changed_blobs)
            maker.works(compiler.compile(compiler.load(tree, changed_blobs), RecordedState(), NOW))
            compiler.next_pass()
        runs.append(spent)
    return {clock: median(run[clock] for run in runs) for clock in ("cpu", "wall")} | {"worst": max(run["wall"] for run in runs)}


def yardsticks(templates: int, clusters: int) -> dict[str, Any]:
    """The time of other libraries for a part of the work: parsing the same templates with PyYAML's C loader, and with orjson."""
    import orjson
    import yaml

    files = generate.repository(templates, clusters)
    texts = [text for path, text in files.items() if path.startswith("apps/")]
    with stopwatch() as by_yaml:
        documents = [yaml.load(text, yaml.CSafeLoader) for text in texts]
    encoded = [orjson.dumps(document) for document in documents]
    with stopwatch() as by_json:
        for text in encoded:
            orjson.loads(text)
    return {"PyYAML CSafeLoader": by_yaml["cpu"], "orjson": by_json["cpu"]}


def in_memory(files: generate.Files) -> tuple[Tree, dict[str, bytes]]:
    """As `repo/` reads them: path → entry, and blob id → content."""
    tree, blobs = {}, {}
    for path, text in files.items():
        data = text.encode()
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        tree[path], blobs[blob] = TreeEntry(blob, 0o100644), data
    return tree, blobs


def shares(compiled: Compiled, works: Mapping[ClusterName, Work], pairs: int) -> dict[str, Any]:
    """The amount of work. Fails where the input is easier than `CHANGED_AT_LEAST` allows."""
    assert not compiled.issues, compiled.issues[:3]
    manifests = [manifest for work in works.values() for manifest in work.manifests]
    changed = sum(any(rule.paths for rule in manifest.overrides) for manifest in manifests) / pairs
    assert changed >= CHANGED_AT_LEAST, f"overrides change only {changed:.0%}"
    assert len({template.manifest["metadata"]["name"] for template in compiled.desired.templates}) == len(compiled.templates)
    return {"placed": len(manifests) / pairs, "changed": changed, "distinct": len(set(map(id, manifests)))}


def main() -> None:
    kind, templates, clusters = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    collect_garbage_rarely()
    before = plain_loop()
    result = {"cold": cold, "edits": edits, "yardsticks": yardsticks}[kind](templates, clusters)
    print(json.dumps({**result, "loop": min(before, plain_loop())}))


if __name__ == "__main__":
    main()
