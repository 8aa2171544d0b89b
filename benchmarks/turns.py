"""Two versions of the program and the bare loop, in turns on the same API servers: `python -m benchmarks.turns FOLDER`.

FOLDER is a checkout of the version before. On a shared machine, the speed varies by the hour, and two runs of `sync.py` cannot be
compared. Here, each round measures all three, one after the other, so that the ratios within a round mean something.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.latency import Objects, Step, marked
from benchmarks.latency import edits as measured_edits
from benchmarks.sync import NAMES, TEMPLATES, World, inner, run_bare_loop
from tests.controlplane.start import running

_WIDTH = 16
ROWS = ("first", "image", "move")
RUNNING_ROWS = {"image, running": "image", "move, running": "move"}
"""By a process that keeps running, from when it is told of the commit, and the row of the bare loop to compare them with."""
EDIT_ROWS = ("applied", "corrected")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turns", description=__doc__)
    parser.add_argument("before", type=Path, metavar="FOLDER")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--templates", type=int, default=TEMPLATES)
    parser.add_argument("--edits", type=int, default=0, help="so many commits and drifts in each turn, too")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    rounds: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder, running(NAMES) as planes:
        world = World(Path(folder), planes, options.templates)
        sources: list[tuple[str, Path | None]] = [("before", options.before.resolve()), ("now", None)]
        for _ in range(options.rounds):
            ours = {name: _ours(world, source, options.edits) for name, source in sources}
            sources.reverse()  # The servers grow slower with what was written.
            rounds.append({"bare": _bare(world), **ours, "load": os.getloadavg()[0]})
    print(json.dumps(rounds, indent=2) if options.json else _table(rounds))


def _ours(world: World, source: Path | None, edits: int) -> dict[str, Any]:
    """source: as in `inner`."""
    world.empty()
    world.commit({**world.templates, **world.placed(*NAMES)})
    found = {"first": inner("sync", world.config, source)}
    world.commit(world.with_other_images())
    found["image"] = inner("sync", world.config, source)
    if edits:
        found |= measured_edits(world.config, edits, source, _steps(world))
    world.commit({**world.templates, **world.placed("m1")})
    inner("sync", world.config, source)
    world.commit(world.placed("m2"))
    return {**found, "move": inner("sync", world.config, source)}


def _steps(world: World) -> dict[str, Step]:
    """The changes of all objects again, by a process that keeps running."""
    files = {path: marked(text, "all") for path, text in world.templates.items()}

    def all_changed(_: str, items: Objects) -> bool:
        return all(item["metadata"]["annotations"].get("bench") == "all" for item in items.values())

    def all_on(place: str) -> Callable[[str, Objects], bool]:
        return lambda name, items: len(items) == (len(world.templates) if name == place else 0)

    return {
        "image, running": Step(lambda: world.commit(files), all_changed),
        "to m1": Step(lambda: world.commit(world.placed("m1")), all_on("m1")),
        "move, running": Step(lambda: world.commit(world.placed("m2")), all_on("m2")),
    }


def _bare(world: World) -> dict[str, Any]:
    bodies = list(world.bodies.values())
    changed = [text.replace('"image": "', '"image": "changed.example.com/') for text in bodies]
    world.empty()
    found = {"first": run_bare_loop(world.planes, "apply", bodies, _WIDTH)}
    found["image"] = run_bare_loop(world.planes, "apply", changed, _WIDTH)
    world.empty()
    run_bare_loop(world.planes[:1], "apply", bodies, _WIDTH)
    here = run_bare_loop(world.planes[1:2], "apply", bodies, _WIDTH)
    found["move"] = here + run_bare_loop(world.planes[:1], "delete", bodies, _WIDTH)
    return {name: {"wall": seconds} for name, seconds in found.items()}


def _table(rounds: Sequence[dict[str, Any]]) -> str:
    loads = ", ".join(f"{one['load']:.1f}" for one in rounds)
    lines = [f"{len(rounds)} rounds, load {loads}; medians"]
    for row in ROWS:
        for name in ("before", "now"):
            share = median(one["bare"][row]["wall"] / one[name][row]["wall"] for one in rounds)
            cpu, peak = (median(one[name][row][what] for one in rounds) for what in ("cpu", "peak"))
            walls = ", ".join(f"{one[name][row]['wall']:.2f}" for one in rounds)
            lines.append(f"{row:9} {name:6} {share:.0%} of the bare loop, {cpu:.2f} s of CPU, {peak:.0f} MiB; wall {walls}")
    for row, like in RUNNING_ROWS.items() if "applied" in rounds[0]["now"] else ():
        for name in ("before", "now"):
            share = median(one["bare"][like]["wall"] / one[name][row]["wall"] for one in rounds)
            walls = ", ".join(f"{one[name][row]['wall']:.2f}" for one in rounds)
            lines.append(f"{row:14} {name:6} {share:.0%} of the bare loop; wall {walls}")
    for row in EDIT_ROWS if "applied" in rounds[0]["now"] else ():
        for name in ("before", "now"):
            p50, p99 = (median(one[name][row][what] for one in rounds) * 1000 for what in ("p50", "p99"))
            lines.append(f"{row:9} {name:6} p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
