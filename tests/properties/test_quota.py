"""No quota is ever exceeded, whatever teams ask for, in random histories of a namespace.

A few thousand histories with every test run; `python -m tests.properties.test_quota 100000` plays as many as one likes, and says
how many decisions were admitted and refused.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from dataclasses import dataclass, field

from reconciler.transition.quota import Admitted, Amounts, Demand, Limit, admit

RESOURCES = ("cpu", "memory", "pods")
WORKLOADS = [f"w{number}" for number in range(6)]


@dataclass
class Namespace:
    """What the workloads of a namespace have, from pass to pass, as the status branch would record it."""

    dice: random.Random
    held: dict[str, Amounts] = field(default_factory=dict)
    limits: list[Limit[str]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    def play(self) -> None:
        """One pass: a commit that changes some workloads, and now and then the quotas."""
        dice = self.dice
        if not self.limits or dice.random() < 0.2:
            self.limits = [self._limit(name) for name in ("first", "second")[: dice.randint(1, 2)]]
        wanted = dict(self.held)
        for name in dice.sample(WORKLOADS, dice.randint(0, 4)):
            if dice.random() < 0.25:
                wanted.pop(name, None)
            else:
                wanted[name] = {resource: dice.randint(0, 12) for resource in dice.sample(RESOURCES, dice.randint(0, 3))}
        names = sorted({*self.held, *wanted})
        demands = [Demand(name, self.held.get(name, {}), wanted.get(name, {})) for name in names]
        before = total(self.held)
        admitted = admit(demands, self.limits)
        self.held = {name: self.held.get(name, {}) if name in admitted.refused else wanted.get(name, {}) for name in names}
        self._check(demands, admitted, before)
        self.outcomes["refused"] += len(admitted.refused)
        self.outcomes["admitted"] += sum(one.wanted != one.held for one in demands) - len(admitted.refused)

    def _limit(self, name: str) -> Limit[str]:
        limited = self.dice.sample(RESOURCES, self.dice.randint(1, 3))
        return Limit(name, {resource: self.dice.randint(0, 30) for resource in limited})

    def _check(self, demands: list[Demand[str]], admitted: Admitted[str, str], before: Amounts) -> None:
        after = total(self.held)
        assert {name: amount for name, amount in admitted.used.items() if amount} == after
        for limit in self.limits:
            for name, hard in limit.hard.items():
                assert after.get(name, 0) <= max(hard, before.get(name, 0)), (limit, name)
        for demand in demands:
            more = {name: demand.wanted.get(name, 0) - demand.held.get(name, 0) for name in RESOURCES}
            breaks = {
                (limit.name, name, after.get(name, 0) + more[name] - hard)
                for limit in self.limits
                for name, hard in limit.hard.items()
                if more[name] > 0 and after.get(name, 0) + more[name] > hard
            }
            # Nobody is refused who would fit, and what is said of a refusal is true.
            told = admitted.refused.get(demand.key)
            assert told is None or ({(one.limit, one.resource, one.by) for one in told} == breaks and breaks)
        again = admit([Demand(name, have, have) for name, have in sorted(self.held.items())], self.limits)
        assert not again.refused, "what was admitted stays admitted"


def total(held: dict[str, Amounts]) -> dict[str, int]:
    every = Counter[str]()
    for amounts in held.values():
        every.update(amounts)
    return {name: amount for name, amount in every.items() if amount}


def play(histories: int, seed: int = 0) -> Counter[str]:
    """Histories of 8 passes each. The same seed plays the same ones."""
    outcomes = Counter[str]()
    for number in range(histories):
        world = Namespace(random.Random(seed + number))  # noqa: S311 -- no secret
        for _ in range(8):
            world.play()
        outcomes.update(world.outcomes)
    return outcomes


def test_no_quota_is_exceeded() -> None:
    outcomes = play(3000)
    assert outcomes["refused"] > 5000 < outcomes["admitted"], "both must happen often"


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    sys.stdout.write(f"{count} histories of 8 passes: {dict(play(count))}\n")
