"""The processes of a soak: two replicas of `run`, of which one leads, and the agents of two members."""

from __future__ import annotations

import http.client
import json
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.soak_trends import Sample, sample
from tests.support.daemon import Daemon, agent, daemon

REPLICAS = ("a", "b")
_AWAY = (1.0, 8.0)
"""Seconds until a process that was killed is started again, from and to."""
UNEXPECTED = ("pass failed", "returned to the last good revision", "cannot return to the last good revision")


@dataclass
class Role:
    """One place in the fleet, and the process that has it now."""

    name: str
    arguments: Sequence[str]
    folder: Path
    process: Daemon | None = None
    """None while it is away."""
    lives: int = 0
    begun: float = 0.0
    """When the process was started, by the monotonic clock."""
    back: float = 0.0
    """When it is started again, by the monotonic clock."""
    samples: list[Sample] = field(default_factory=list)
    """Of the process that has the place now."""
    passes: Counter[str] = field(default_factory=Counter)
    """By result, of the processes before."""
    current: Counter[str] = field(default_factory=Counter)
    """By result, of this process, as of the last sample."""
    leads: bool = False
    """As of the last sample."""
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def is_replica(self) -> bool:
        return self.name in REPLICAS

    def start(self) -> None:
        self.lives += 1
        name = f"{self.name}-{self.lives}"
        running = (
            daemon(self.folder, *self.arguments, interval="5s", name=name)
            if self.is_replica
            else agent(self.folder, self.name, *self.arguments, name=name)
        )
        self.process, self.begun = self._stack.enter_context(running), time.monotonic()
        self.samples, self.passes, self.current = [], self.passes + self.current, Counter()

    def kill(self, chance: random.Random) -> None:
        if self.process is not None:
            self.look()
            self.process.end(signal.SIGKILL)
            self._stack.close()
            self.process, self.back, self.leads = None, time.monotonic() + chance.uniform(*_AWAY), False

    def end(self) -> int:
        """Its exit code."""
        assert self.process is not None
        code = self.process.end()
        self._stack.close()
        return code

    def abandon(self) -> None:
        """Ends the process where the soak itself was interrupted."""
        self._stack.close()

    def look(self) -> None:
        """A sample, and the metrics, where it answers."""
        if self.process is None:
            return
        self.samples += sample(self.process.process.pid, time.monotonic() - self.begun)
        with suppress(OSError, http.client.HTTPException):
            text = self.process.ask("/metrics")[1]
            found = re.findall(r'^reconciler_passes_total\{result="(\w+)"\} ([0-9.]+)', text, re.MULTILINE)
            self.current = Counter({result: int(float(count)) for result, count in found})
            self.leads = self.is_replica and "reconciler_leader 1.0" in text

    def lines(self) -> Iterator[dict[str, Any] | str]:
        """Of the logs of all its processes; text where a line is not JSON."""
        for number in range(1, self.lives + 1):
            for line in (self.folder / f"{self.name}-{number}.log").read_text().splitlines():
                try:
                    found = json.loads(line)
                except ValueError:
                    found = line
                yield found if isinstance(found, dict) else line


@dataclass
class Troupe:
    roles: dict[str, Role]

    def start(self) -> None:
        for role in self.roles.values():
            role.start()

    def look(self) -> None:
        for role in self.roles.values():
            role.look()

    def bring_back(self, *, all_of_them: bool = False) -> None:
        """Those whose time has come."""
        for role in self.roles.values():
            if role.process is None and (all_of_them or time.monotonic() >= role.back):
                role.start()

    def died(self) -> list[str]:
        """Those that ended by themselves."""
        return [role.name for role in self.roles.values() if role.process is not None and role.process.process.poll() is not None]

    def leader(self) -> Role | None:
        for role in self.roles.values():
            role.look()
        return next((role for role in self.roles.values() if role.leads and role.process is not None), None)

    def agents(self) -> list[Role]:
        return [role for role in self.roles.values() if not role.is_replica and role.process is not None]

    def end(self) -> dict[str, int]:
        """Exit codes. The last sample is from before: when the leader ends, another one leads."""
        self.look()
        return {name: role.end() for name, role in self.roles.items()}

    def abandon(self) -> None:
        for role in self.roles.values():
            role.abandon()

    def errors(self) -> dict[str, int]:
        """Warnings and errors of all processes: kind of process and event → count."""
        counts: Counter[str] = Counter()
        for role in self.roles.values():
            kind = "run" if role.is_replica else "agent"
            for line in role.lines():
                if isinstance(line, str):
                    counts[f"{kind}: not a line of the log"] += 1
                elif line.get("level") in ("error", "warning"):
                    counts[f"{kind}: {line['event']}"] += 1
        return dict(sorted(counts.items()))

    def unexpected(self) -> list[dict[str, Any] | str]:
        """Lines that tell of a defect: with a reference, of passes that raised, or from outside of the log."""
        return [
            line if isinstance(line, str) else {"process": role.name, **line}
            for role in self.roles.values()
            for line in role.lines()
            if isinstance(line, str) or "reference" in line or line.get("event") in UNEXPECTED
        ]
