"""The benchmarks still find what they measure, and what they measure is no kinder than it may be. No figure is checked here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from benchmarks import generate
from benchmarks.measure import NOW, in_memory
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiler import Compiler

FILES = generate.repository(40, 12)


def test_the_same_numbers_give_the_same_files() -> None:
    assert generate.repository(40, 12) == FILES
    assert sum(path.startswith("policies/") for path in FILES) == 20
    assert sum(path.startswith("overrides/") for path in FILES) == 10


def test_every_edit_is_another_one() -> None:
    edits = [generate.edited(FILES, number) for number in range(20)]
    assert len({path for path, _ in edits}) == 20
    assert all(FILES[path] != text for path, text in edits)


def test_a_measurement_says_how_much_there_was_to_do() -> None:
    command = [sys.executable, "-m", "benchmarks.measure", "cold", "40", "12"]
    root = Path(generate.__file__).parents[1]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=root).stdout)
    assert figures["changed"] >= 0.3
    assert figures["placed"] >= 0.8
    assert all(seconds >= 0 for seconds in figures["stages"].values())


def test_one_changed_template_costs_that_one_template() -> None:
    """Counted, not timed: whatever the size of the repository, an edit has the same few results computed anew."""
    assert computed_for_an_edit(templates=40) == computed_for_an_edit(templates=120)


def test_what_was_quiet_for_many_passes_costs_nothing() -> None:
    computed = computed_for_an_edit(templates=240, edits_before=5)
    steps = ("_claim", "schedule_template", "_decide", "_place", "render_placed", "check_rendered", "CompiledTemplate")
    assert {name: computed[name] for name in steps} == dict.fromkeys(steps, 1)


def computed_for_an_edit(templates: int, edits_before: int = 0) -> Counter[str]:
    files = generate.repository(templates, 12)
    tree, blobs = in_memory(files)
    compiler = Compiler()
    compiler.compile(compiler.load(tree, blobs), RecordedState(), NOW)
    for number in reversed(range(edits_before + 1)):
        compiler.next_pass()
        known = set(compiler._memo._entries)
        path, text = generate.edited(files, number)
        changed, changed_blobs = in_memory({path: text})
        tree = {**tree, **changed}
        compiler.compile(compiler.load(tree, changed_blobs), RecordedState(), NOW)
    return Counter(function.__name__ for function, *_ in compiler._memo._entries.keys() - known)


def test_a_worker_is_measured_beside_a_thread() -> None:
    command = [sys.executable, "-m", "benchmarks.worker", "40", "12", "--json"]
    root = Path(generate.__file__).parents[1]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=root).stdout)
    worker = figures["worker"]
    assert figures["thread"]["edit"]["received"] == 0
    assert worker["edit"]["received"] < worker["cold"]["received"] / 10
