"""What it costs to bring a fleet of real API servers to a revision: `python -m benchmarks.sync`.

Three kube-apiservers on this machine, 1,000 pairwise different Deployments, all on all three. What we need is set beside what a
loop needs that knows everything beforehand: the same applies, serialised, over one session a server, with a watch drained. Both
run on the same servers in the same run, in processes of their own. README.md says how to read the figures, and has the last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import generate
from benchmarks.bare import Server
from benchmarks.followed import controller, now
from benchmarks.latency import edits as measured_edits
from benchmarks.sync_stages import Stages
from reconciler.cli.main import collect_garbage_rarely
from reconciler.cluster import servers as _servers  # noqa: F401 - imported late by the program; what starting takes is in `process`
from reconciler.cluster.access import Access
from reconciler.passes.options import Options
from reconciler.passes.sync import sync
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.repo.client import Repository
from tests.controlplane.start import ControlPlane, running

TEMPLATES = 1000
NAMES = ("m1", "m2", "m3")
EDITS = 50
_CONNECTIONS = (4, 8, 16)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--templates", type=int, default=TEMPLATES)
    parser.add_argument("--edits", type=int, default=EDITS)
    parser.add_argument("--inner", nargs=2, metavar=("WHAT", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inner:
        collect_garbage_rarely()
        what, folder = options.inner
        print(json.dumps(asyncio.run({"sync": _one_sync, "idle": _idle}[what](Path(folder)))))
        return
    with tempfile.TemporaryDirectory() as folder, running(NAMES, audit=True) as planes:
        figures = _measure(Path(folder), planes, options.templates, options.edits)
    print(json.dumps(figures, indent=2) if options.json else _table(figures))


def _measure(base: Path, planes: Sequence[ControlPlane], templates: int, edits: int) -> dict[str, Any]:
    world = World(base, planes, templates)
    figures: dict[str, Any] = {"templates": templates, "members": len(planes)}
    bodies = list(world.bodies.values())
    changed = [text.replace('"image": "', '"image": "changed.example.com/') for text in bodies]
    figures |= {title: {"bare": {}} for title in ("first", "image", "move")}
    for width in _CONNECTIONS:
        world.empty()
        figures["first"]["bare"][width] = run_bare_loop(planes, "apply", bodies, width)
        figures["image"]["bare"][width] = run_bare_loop(planes, "apply", changed, width)
    for width in _CONNECTIONS:
        world.empty()
        run_bare_loop(planes[:1], "apply", bodies, width)
        here = run_bare_loop(planes[1:2], "apply", bodies, width)
        figures["move"]["bare"][width] = here + run_bare_loop(planes[:1], "delete", bodies, width)
    world.empty()
    figures["first"]["ours"] = inner("sync", world.config)
    figures["settled"] = world.audited(lambda: inner("sync", world.config))
    figures["idle"] = world.audited(lambda: inner("idle", world.config))
    world.commit(world.with_other_images())
    figures["image"]["ours"] = inner("sync", world.config)
    figures["edits"] = measured_edits(world.config, edits)
    world.commit(world.placed("m1"))
    inner("sync", world.config)
    world.commit(world.placed("m2"))
    figures["move"]["ours"] = inner("sync", world.config)
    for title in ("first", "image", "move"):
        best = min(figures[title]["bare"].values())
        figures[title]["share"] = best / figures[title]["ours"]["wall"]
    return figures


def run_bare_loop(planes: Sequence[ControlPlane], verb: str, bodies: Sequence[str], width: int) -> float:
    """Wall seconds of the loop, in a process of its own."""
    servers = [Server(plane.url, plane.token, plane.ca.decode()) for plane in planes]
    task = json.dumps(
        {"servers": [server.document() for server in servers], "verb": verb, "bodies": list(bodies), "width": width}
    )
    done = subprocess.run([sys.executable, "-m", "benchmarks.bare"], input=task, check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(done.stdout)["wall"])


def inner(what: str, config: Path, source: Path | None = None) -> dict[str, Any]:
    """source: a checkout whose program is measured; None for this one."""
    command = [sys.executable, "-m", "benchmarks.sync", "--inner", what, str(config)]
    begun = time.perf_counter()
    place = {} if source is None else {"cwd": source, "env": {**os.environ, "PYTHONPATH": str(source)}}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, **place)  # type: ignore[call-overload]
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures | {"process": time.perf_counter() - begun}


class World:
    """The config repository, and three members that can be emptied."""

    def __init__(self, base: Path, planes: Sequence[ControlPlane], templates: int) -> None:
        self.config = base / "config"
        self.planes = planes
        root = base / "config.members"
        root.mkdir()
        for plane in planes:
            shutil.copy(plane.kubeconfig, root / f"{plane.name}.kubeconfig")
            for team in generate.TEAMS:
                plane.request("/api/v1/namespaces", "POST", {"metadata": {"name": team}})
        made = generate.repository(templates, len(planes))
        self.templates = {path: text for path, text in made.items() if path.startswith("apps/")}
        overrides = {path: text for path, text in made.items() if path.startswith("overrides/")}
        self.config.mkdir()
        self.commit({**self.templates, **overrides, **self._frame(), **self.placed(*NAMES)})
        self.bodies = _bodies(self.config)

    def commit(self, files: generate.Files) -> None:
        """Nothing where they stand there already."""
        if any(not (self.config / path).exists() or (self.config / path).read_text() != text for path, text in files.items()):
            generate.commit(files, self.config, "Change")

    def placed(self, *names: str) -> dict[str, str]:
        return {"policies/all.yaml": _POLICY.replace("CLUSTERS", ", ".join(names))}

    def with_other_images(self) -> dict[str, str]:
        return {path: text.replace("\n          image: ", "\n          image: other.") for path, text in self.templates.items()}

    def empty(self) -> None:
        """Without a trace of what was applied."""
        shutil.rmtree(self.config / ".git" / "refs" / "heads" / "reconciler", ignore_errors=True)
        subprocess.run(["git", "-C", str(self.config), "pack-refs", "--all", "--prune"], check=True)
        subprocess.run(["git", "-C", str(self.config), "branch", "-D", "reconciler/status"], check=False, capture_output=True)
        for plane in self.planes:
            for team in generate.TEAMS:
                plane.request(f"/apis/apps/v1/namespaces/{team}/deployments", "DELETE")

    def audited(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Its figures, and what it asked of the API servers, by verb: open watches aside."""
        before = [len(plane.audited()) for plane in self.planes]
        figures = work()
        asked = [
            entry
            for plane, seen in zip(self.planes, before, strict=True)
            for entry in plane.audited()[seen:]
            if entry.get("userAgent") == "reconciler"
        ]
        since = figures.get("settled_at", "")
        verbs = Counter(one["verb"] for one in asked if one["requestReceivedTimestamp"] >= since)
        return figures | {"requests": dict(verbs)}

    def _frame(self) -> dict[str, str]:
        clusters = {
            f"clusters/{name}.yaml": _CLUSTER.format(name=name, region=region)
            for name, region in zip(NAMES, ("eu-west", "eu-north", "us-east"), strict=True)
        }
        return {**clusters, "reconciler.yaml": _CONFIGURATION}


def _bodies(config: Path) -> dict[str, str]:
    """What the loop applies: one member's manifests as we would render them, serialised."""
    command = [sys.executable, "-m", "reconciler", "render", "--repo", str(config), "--cluster", "m1", "-o", "json"]
    done = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    manifests = [item for item in _manifests(done) if item["kind"] == "Deployment"]
    return {f"{item['metadata']['namespace']}/{item['metadata']['name']}": json.dumps(item) for item in manifests}


def _manifests(document: Any) -> list[dict[str, Any]]:
    """Wherever they stand in the document that `render` prints."""
    if isinstance(document, dict):
        if "apiVersion" in document and "metadata" in document:
            return [document]
        return [found for value in document.values() for found in _manifests(value)]
    return [found for value in document for found in _manifests(value)] if isinstance(document, list) else []


async def _one_sync(config: Path) -> dict[str, Any]:
    """One `sync`, all of it but the start of the interpreter."""
    begun, before = time.perf_counter(), time.process_time()
    stages = Stages()
    async with await Repository.open(str(config)) as repository:
        access = Access(config.with_name("config.members"))
        result = await sync(repository, ThreadCompiler(), "HEAD", access, now, Options(wait=False, tracer=stages), push=False)
        passes, by_stage = [result], stages.document()
        while result.last.waits:
            result = await sync(repository, ThreadCompiler(), "HEAD", access, now, Options(wait=False), push=False)
            passes.append(result)
    failed = [str(outcome.error) for one in passes for done in one.last.outcomes.values() for outcome in done if not outcome.done]
    assert not failed, failed[:3]
    spent = {"wall": time.perf_counter() - begun, "cpu": time.process_time() - before}
    return {**spent, "peak": _peak(), "passes": len(passes), "stages": by_stage}


async def _idle(config: Path) -> dict[str, Any]:
    """A controller that is settled, then passes with nothing to do."""
    async with controller(config) as kept:
        await kept.reconcile()
        await kept.record()
        await kept.reconcile()
        await asyncio.sleep(1)
        settled = datetime.now(UTC).isoformat()
        spent = []
        for _ in range(5):
            before = time.process_time()
            await kept.fetch()
            await kept.adopt()
            await kept.reconcile()
            await kept.record()
            spent.append(time.process_time() - before)
        await asyncio.sleep(1)
    return {"cpu": statistics.median(spent), "peak": _peak(), "settled_at": settled}


def _peak() -> float:
    """MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _table(figures: dict[str, Any]) -> str:
    lines = [f"{figures['templates']} Deployments on {figures['members']} members, {os.cpu_count()} cores", ""]
    for title in ("first", "image", "move"):
        one, ours = figures[title], figures[title]["ours"]
        bare = ", ".join(f"{seconds:.2f} s at {width}" for width, seconds in one["bare"].items())
        lines.append(
            f"{title:8} {ours['wall']:.2f} s wall, {ours['cpu']:.2f} s of our CPU, {ours['peak']:.0f} MiB; "
            f"bare loop {bare}: {one['share']:.0%} of its rate"
        )
    settled, idle, edits = figures["settled"], figures["idle"], figures["edits"]
    lines.append(f"settled  a second sync in a process of its own: {settled['wall']:.2f} s, {settled['requests']}")
    lines.append(f"idle     {idle['cpu'] * 1000:.0f} ms of CPU a pass, requests but open watches: {idle['requests'] or 'none'}")
    for what in ("applied", "corrected"):
        lines.append(f"{what:9} p50 {edits[what]['p50'] * 1000:.0f} ms, p99 {edits[what]['p99'] * 1000:.0f} ms")
    return "\n".join(lines)


_CLUSTER = """\
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata:
  name: {name}
  labels: {{environment: production}}
  annotations: {{reconciler.dev/kubeconfig: {name}.kubeconfig}}
spec:
  syncMode: Push
  provider: aws
  region: {region}
"""
_CONFIGURATION = """\
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
metadata: {name: bench}
spec: {handoverTimeout: 0s, pruneGuard: {maxShare: 100%}}
"""
_POLICY = """\
apiVersion: policy.karmada.io/v1alpha1
kind: ClusterPropagationPolicy
metadata: {name: all}
spec:
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment}]
  placement: {clusterAffinity: {clusterNames: [CLUSTERS]}}
"""

if __name__ == "__main__":
    main()
