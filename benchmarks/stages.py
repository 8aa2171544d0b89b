"""How long each stage of a compile takes, without a profiler: the functions with which stages start are wrapped."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

_STARTS = (
    ("reconciler.pipeline.compiler", "parse_file", "load: parse"),
    ("reconciler.load.schemas.karmada", "validate", "load: check"),
    ("reconciler.pipeline.compiler", "collect_defined_kinds", "load: check"),
    ("reconciler.pipeline.compiler", "check_file", "load: check"),
    ("reconciler.pipeline.compiler", "assemble", "load: assemble"),
    ("reconciler.pipeline.claiming", "claim_template", "claim"),
    ("reconciler.pipeline.scheduling", "schedule_template", "schedule"),
    ("reconciler.pipeline.decide", "transition_to", "transition"),
    ("reconciler.pipeline.render", "render_placed", "render"),
    ("reconciler.pipeline.render", "check_rendered", "check manifests"),
    ("reconciler.pipeline.works", "make_works", "works"),
)
"""Module and function where a stage starts, and the stage."""


class Stages:
    """Seconds of each stage. The time of a stage inside another counts only for the inner one."""

    def __init__(self) -> None:
        self.spent = {stage: {"cpu": 0.0, "wall": 0.0} for *_, stage in _STARTS}
        self._inner = [(0.0, 0.0)]

    def install(self) -> None:
        """In this process, for good."""
        for module, function, stage in _STARTS:
            home = import_module(module)
            setattr(home, function, self._timed(getattr(home, function), stage))

    def reset(self) -> None:
        for spent in self.spent.values():
            spent.update(cpu=0.0, wall=0.0)

    def _timed(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            self._inner.append((0.0, 0.0))
            cpu, wall = time.process_time(), time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
                inner_cpu, inner_wall = self._inner.pop()
                self.spent[stage]["cpu"] += cpu - inner_cpu
                self.spent[stage]["wall"] += wall - inner_wall
                outer_cpu, outer_wall = self._inner[-1]
                self._inner[-1] = outer_cpu + cpu, outer_wall + wall

        return timed


def resident() -> float:
    """Resident MiB of this process now; 0 where the system does not report it."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if statm.exists() else 0.0
