"""What happens in a soak: to the repository, to the members, and to the processes."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from benchmarks.soak_processes import Troupe
from tests.controlplane.start import ControlPlane
from tests.support.fleet import document, policy, selector
from tests.support.servers import INSTANCE, ServerWorld, configuration, member

PUSH, PULL = ("m1", "m2"), ("e1", "e2")
"""Members of the leader, of which the first one has the Lease and stays; members of agents."""
NAMES = (*PUSH, *PULL)
OBJECTS = 100
MOVING = 4
"""ConfigMaps that are on one member at a time."""
_OUTAGES = (90.0, 240.0)
"""Seconds between two kills of an API server, from and to."""
_AWAY = (5.0, 40.0)
"""Seconds for which an API server is away, from and to."""
_KILLS = (15.0, 45.0)
"""Seconds between two kills of a process, from and to."""
_BROKEN = (1.0, 8.0)
"""Seconds for which a revision is broken, from and to."""


@dataclass
class Trouble:
    world: ServerWorld
    troupe: Troupe
    chance: random.Random
    values: dict[str, str] = field(default_factory=dict)
    """Name of each ConfigMap → its value in Git."""
    happened: Counter[str] = field(default_factory=Counter)
    number: int = 0
    outage: float = 0.0
    """When the next API server is killed, or the killed one started, by the monotonic clock."""
    killed: ControlPlane | None = None
    next_kill: float = 0.0
    """Of a process, by the monotonic clock."""

    def begin(self) -> None:
        pulled = {f"clusters/{name}.yaml": member(name, syncMode="Pull") for name in PULL}
        placed = {"configs/policy.yaml": policy("configs", selector("ConfigMap")), **self._added(OBJECTS)}
        moving = dict(item for number in range(MOVING) for item in (self._file(f"moving-{number}"), self._place(number)))
        self.world.commit({**pulled, **placed, **moving})
        self.outage = time.monotonic() + self.chance.uniform(*_OUTAGES) / 3
        self.next_kill = time.monotonic() + self.chance.uniform(*_KILLS)

    # Processes and servers. Called by the main thread only: a server dies with the thread that started it.

    def kill_or_start_a_server(self) -> None:
        """Where it is due."""
        if time.monotonic() < self.outage:
            return
        if self.killed is not None:
            self.end_outage()
            return
        self.killed = self.world.planes[self.chance.choice(NAMES[1:])]
        self.killed.kill()
        self.outage = time.monotonic() + self.chance.uniform(*_AWAY)

    def end_outage(self) -> None:
        if self.killed is not None:
            self.killed.start()
            self.happened[f"outage of {self.killed.name}"] += 1
            self.killed = None
            self.outage = time.monotonic() + self.chance.uniform(*_OUTAGES)

    def kill_a_process(self) -> None:
        """Where it is due: the leader, or an agent."""
        if time.monotonic() < self.next_kill:
            return
        victim = self.troupe.leader() if self.chance.random() < 0.5 else self.chance.choice(self.troupe.agents() or [None])
        if victim is not None:
            victim.kill(self.chance)
            self.happened["kill of the leader" if victim.is_replica else "kill of an agent"] += 1
        self.next_kill = time.monotonic() + self.chance.uniform(*_KILLS)

    # The repository and the members

    def act(self) -> None:
        """One of them at random; edits, and drift most of all."""
        acts = {self.edit: 8, self.add: 2, self.remove: 2, self.move: 3, self.spoil: 1, self.break_settings: 1}
        acts |= {self.drift: 12, self.delete: 4}
        act = self.chance.choices(list(acts), list(acts.values()))[0]
        with suppress(OSError):  # A member that is away.
            act()
            self.happened[act.__name__.replace("_", " ")] += 1

    def edit(self) -> None:
        """One commit that changes a few ConfigMaps."""
        self.world.commit(dict(self._file(name) for name in self.chance.sample(sorted(self.values), 3)))

    def add(self) -> None:
        self.world.commit(self._added(2))

    def remove(self) -> None:
        names = [name for name in sorted(self.values) if not name.startswith("moving-")]
        if len(names) > OBJECTS // 2:
            gone = self.chance.sample(names, 2)
            self.world.commit({}, *[f"configs/{name}.yaml" for name in gone])
            for name in gone:
                del self.values[name]

    def move(self) -> None:
        """One ConfigMap to another member, between the leader's and the agents'."""
        self.world.commit(dict([self._place(self.chance.randrange(MOVING))]))

    def spoil(self) -> None:
        """A revision with a broken file, and its correction."""
        self.world.commit({"broken.yaml": "kind: [\n"})
        time.sleep(self.chance.uniform(*_BROKEN))
        self.world.commit({}, "broken.yaml")

    def break_settings(self) -> None:
        """A revision that is refused, and its correction."""
        self.refuse()
        time.sleep(self.chance.uniform(*_BROKEN))
        self.world.commit({"reconciler.yaml": configuration(self.world.namespace)})

    def refuse(self) -> None:
        self.world.commit({"reconciler.yaml": "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: [\n"})

    def drift(self) -> None:
        name, held = self._somewhere()
        self.world.edit(name, "configmaps", held, {"data": {"value": "theirs"}})

    def delete(self) -> None:
        name, held = self._somewhere()
        self.world.remove(name, "configmaps", held)

    def drift_everywhere(self) -> None:
        names = [name for name in sorted(self.values) if not name.startswith("moving-")]
        for one in NAMES:
            self.world.edit(one, "configmaps", self.chance.choice(names), {"data": {"value": "theirs"}})
            self.world.remove(one, "configmaps", self.chance.choice(names))

    def _somewhere(self) -> tuple[str, str]:
        return self.chance.choice(NAMES), self.chance.choice(sorted(self.values))

    def _added(self, count: int) -> dict[str, str]:
        first, self.number = self.number, self.number + count
        return dict(self._file(f"c{number}") for number in range(first, self.number))

    def _file(self, name: str) -> tuple[str, str]:
        self.values[name] = str(self.chance.randrange(10**9))
        return f"configs/{name}.yaml", document("ConfigMap", name, data={"value": self.values[name], "more": "x" * 2000})

    def _place(self, number: int) -> tuple[str, str]:
        name = f"moving-{number}"
        return f"configs/{name}-policy.yaml", policy(name, selector("ConfigMap", name), self.chance.choice(NAMES))

    # The end

    def rendered(self, revision: str) -> dict[str, dict[str, Any]]:
        """Member → name → data of each ConfigMap, as `render` says of a revision."""
        shown = self.world.run("render", revision, "-o", "json")
        return {
            name: {one["metadata"]["name"]: one["data"] for one in shown.json[name] if one["kind"] == "ConfigMap"}
            for name in NAMES
        }

    def held(self) -> dict[str, dict[str, Any]]:
        """The same, as the API servers say: all that carries our mark. Raises OSError."""
        items = {name: plane.request(self.world.path("configmaps"))["items"] for name, plane in self.world.planes.items()}
        return {
            name: {one["metadata"]["name"]: one.get("data") for one in held if INSTANCE in json.dumps(one["metadata"])}
            for name, held in items.items()
        }

    def differences(self, revision: str) -> list[str]:
        """Between what `render` says of a revision and what the members hold; empty where there are none."""
        wanted = self.rendered(revision)
        try:
            held = self.held()
        except OSError as error:
            return [str(error)]
        found = [
            f"{name}: {key}: {'missing' if key not in held[name] else 'not wanted' if key not in wanted[name] else 'other data'}"
            for name in NAMES
            for key in sorted(wanted[name].keys() | held[name].keys())
            if wanted[name].get(key) != held[name].get(key)
        ]
        names = {key for of_member in wanted.values() for key in of_member}
        return found + [f"{key}: not rendered" for key in sorted(self.values.keys() - names)]
