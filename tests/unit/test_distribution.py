"""Which process of a run takes which file."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.support.distribution import PROJECT, ServersOnFew

FILES = ["tests/conformance/test_order.py", "tests/e2e/kubernetes/test_drift.py", "tests/e2e/kubernetes/test_run.py"]
FILES += ["tests/e2e/test_sync.py", "tests/unit/plan/test_plan.py", "tests/unit/plan/test_prune.py"]
ON = PROJECT / "tests/e2e/kubernetes"


class Process:
    def __init__(self) -> None:
        self.gateway = SimpleNamespace(id="gw")
        self.given: list[int] = []
        self.shutting_down = False

    def send_runtest_some(self, indices: list[int]) -> None:
        assert not self.shutting_down
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def run(processes: list[Process], files: list[str]) -> list[list[str]]:
    """What each takes: they finish a test each, in turn."""
    tests = [f"{file}::test_{number}" for file in files for number in range(3)]
    config: Any = SimpleNamespace(
        getvalue=lambda name: ["popen"] * len(processes), option=SimpleNamespace(loadscopereorder=False)
    )
    config.getoption = config.getvalue
    scheduler = ServersOnFew(config)
    for process in processes:
        scheduler.add_node(process)
        scheduler.add_node_collection(process, tests)
    scheduler.schedule()
    done = dict.fromkeys(map(id, processes), 0)
    while scheduler.has_pending:
        for process in processes:
            if done[id(process)] < len(process.given):
                scheduler.mark_test_complete(process, process.given[done[id(process)]])
                done[id(process)] += 1
    return [list(dict.fromkeys(tests[index].partition("::")[0] for index in process.given)) for process in processes]


def test_files_on_api_servers_go_to_the_first_two_and_the_rest_in_order_to_all() -> None:
    first, second, third = run([Process() for _ in range(3)], FILES)
    assert (first[0], second[0], third[0]) == (FILES[1], FILES[2], FILES[0])
    assert sorted(first + second + third) == FILES
    assert not [file for file in third if "kubernetes" in file]


def test_one_process_takes_everything() -> None:
    assert run([Process()], FILES) == [[*FILES[1:3], FILES[0], *FILES[3:]]]


def test_a_process_is_through_with_one_set_of_servers_before_it_takes_the_other() -> None:
    words = {f"tests/e2e/kubernetes/{file.name}": file.read_text() for file in sorted(ON.glob("test_*.py"))}
    bare = {file for file, text in words.items() if "bare_planes" in text or "bare_world" in text}
    first, second, _ = run([Process() for _ in range(3)], [*words, *FILES[3:]])
    for taken, own in ((first, {*words} - bare), (second, bare)):
        on_servers = [file in own for file in taken if file in words]
        assert on_servers[0]
        assert on_servers == sorted(on_servers, reverse=True)


def test_where_only_files_on_api_servers_are_left_the_third_ends() -> None:
    many = sorted(f"tests/e2e/kubernetes/{file.name}" for file in ON.glob("test_*.py"))[:8]
    processes = [Process() for _ in range(3)]
    first, second, third = run(processes, [*many, FILES[5]])
    assert (sorted(first + second), third) == (many, [FILES[5]])
    assert all(process.shutting_down for process in processes)
