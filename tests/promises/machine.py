"""Promises against random histories: commits, drifts, outages and a lost record, on real API servers.

After every step of a history (`checks.py`):

1. a sync writes exactly what `sync --dry-run` and `diff --live` said before, by the servers' audit logs;
2. copies of which a message said that they stay are as they were, down to the resource version;
3. objects that are not ours are as they were;
4. a second sync writes nothing and records nothing;
5. members hold what `render` prints, but for what is said to wait, and no label of a former deployer or override;
6. `status` says which member holds which object.

Hypothesis draws the histories and shortens one that breaks a promise. `test_promises.py` runs a few with every test run;
`python -m tests.promises --minutes 60` goes on for as long as one likes.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.controlplane.start import ControlPlane
from tests.promises.checks import check_step
from tests.promises.worlds import KINDS, LEFT, OVERRIDDEN, TEMPLATES, CutOffWorld, is_ours
from tests.support.fleet import STATUS, config, override, policy, secret, selector, workload
from tests.support.servers import member

API = {"Deployment": "apps/v1", "StatefulSet": "apps/v1"}
names = st.sampled_from(sorted(TEMPLATES))
_AT_FIRST = {"web": ("m1",), "db": ("m2",), "settings": ("m1", "m2"), "token": ()}
"""Where the first revision places the templates."""
planes = st.sampled_from(["m1", "m2"])
places = st.sampled_from([(), ("m1",), ("m2",), ("m1", "m2"), ("gone",)])
extras = st.sampled_from(
    [
        {},
        {},
        {"schedulerName": "other"},
        {"dependentOverrides": ["needed"]},
        {"suspension": {"dispatching": True}},
        {"preserveResourcesOnDeletion": True},
        {"conflictResolution": "Overwrite"},
    ]
)


class Promises(RuleBasedStateMachine):
    """One history in a world of its own. `control_planes` is set by whoever runs it."""

    control_planes: Sequence[ControlPlane]
    finished = 0
    """Histories that came to their end or broke a promise, and the steps of all of them."""
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="promises-"))
        self.world = CutOffWorld(self.folder, self.control_planes)
        self.names = {plane.name: plane.name for plane in self.control_planes}
        """Control plane → the name of its Cluster; missing where none is declared."""
        self.labels = dict.fromkeys(self.names, "prod")
        self.history: list[str] = []
        placed = {f"apps/{name}.yaml": template(name, 1) for name in TEMPLATES}
        policies = {f"policies/{name}.yaml": policy(name, selector_of(name), *where) for name, where in _AT_FIRST.items()}
        self._commit({**placed, **policies})

    def teardown(self) -> None:
        Promises.finished += 1
        self.world.clean()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Commits

    @rule(name=names, number=st.integers(0, 3))
    def write_template(self, name: str, number: int) -> None:
        self._commit({f"apps/{name}.yaml": template(name, number)})

    @rule(name=names)
    def delete_template(self, name: str) -> None:
        self._commit({}, f"apps/{name}.yaml")

    @rule(name=names, number=st.integers(0, 3), where=places, divided=st.booleans(), more=extras)
    def place(self, name: str, number: int, where: tuple[str, ...], divided: bool, more: dict[str, Any]) -> None:
        """A template with its policy: what most commits of a real repository do."""
        placed = policy(name, selector_of(name), *self._clusters(where), divided=divided, **more)
        self._commit({f"apps/{name}.yaml": template(name, number), f"policies/{name}.yaml": placed})

    @rule(name=names, where=places, divided=st.booleans(), more=extras)
    def write_policy(self, name: str, where: tuple[str, ...], divided: bool, more: dict[str, Any]) -> None:
        self._commit({f"policies/{name}.yaml": policy(name, selector_of(name), *self._clusters(where), divided=divided, **more)})

    @rule(name=names, label=st.sampled_from(["prod", "test", "nowhere"]))
    def place_by_label(self, name: str, label: str) -> None:
        placement = {"clusterAffinity": {"labelSelector": {"matchLabels": {"env": label}}}}
        self._commit({f"policies/{name}.yaml": policy(name, selector_of(name), placement=placement)})

    @rule(name=names)
    def delete_policy(self, name: str) -> None:
        self._commit({}, f"policies/{name}.yaml")

    @rule(name=names, needed=st.booleans(), where=places)
    def write_override(self, name: str, needed: bool, where: tuple[str, ...]) -> None:
        called = "needed" if needed else f"of-{name}"
        added = {"operator": "add", "value": {OVERRIDDEN: called}}
        text = override(called, selector_of(name), *self._clusters(where), labelsOverrider=[added])
        self._commit({f"overrides/{called}.yaml": text})

    @rule(name=st.sampled_from(["needed", *(f"of-{name}" for name in sorted(TEMPLATES))]))
    def delete_override(self, name: str) -> None:
        self._commit({}, f"overrides/{name}.yaml")

    @rule(folder=st.sampled_from(["apps", "policies"]), name=names)
    def break_file(self, folder: str, name: str) -> None:
        if (self.world.repo.path / folder / f"{name}.yaml").exists():
            self._commit({f"{folder}/{name}.yaml": 'kind: [\n  "shop"\n'})

    # The fleet

    @rule(plane=planes, label=st.sampled_from(["prod", "test"]))
    def relabel(self, plane: str, label: str) -> None:
        self.labels[plane] = label
        self._declare()

    @rule(plane=planes)
    def rename(self, plane: str) -> None:
        if plane in self.names:
            self.names[plane] = f"{plane}-new" if self.names[plane] == plane else plane
            self._declare()

    @rule(plane=planes)
    def leave_or_return(self, plane: str) -> None:
        if self.names.pop(plane, None) is None:
            self.names[plane] = plane
        self._declare()

    # Other hands

    @rule(plane=planes, name=names)
    def drift(self, plane: str, name: str) -> None:
        """Another client changes a field of ours."""
        kind = TEMPLATES[name]
        if self._is_ours(plane, name):
            changes: dict[str, Any] = {
                "ConfigMap": {"data": {"number": "other"}},
                "Secret": {"data": {"number": "eA=="}},
            }
            self.world.edit(plane, KINDS[kind], name, changes.get(kind, {"spec": {"replicas": 7}}))
            self._step(f"drift of {kind} {name} on {plane}")

    @rule(plane=planes, name=names)
    def add_a_field(self, plane: str, name: str) -> None:
        """Another client adds a field of its own."""
        if self._is_ours(plane, name):
            self.world.edit(plane, KINDS[TEMPLATES[name]], name, {"metadata": {"annotations": {"tests/owner": "somebody"}}})
            self._step(f"a foreign annotation on {TEMPLATES[name]} {name} on {plane}")

    @rule(plane=planes, name=names)
    def delete_by_hand(self, plane: str, name: str) -> None:
        if self._is_ours(plane, name):
            self.world.remove(plane, KINDS[TEMPLATES[name]], name)
            self._step(f"{TEMPLATES[name]} {name} is deleted on {plane}")

    @rule(plane=planes, name=names)
    def put_foreign(self, plane: str, name: str) -> None:
        kind = TEMPLATES[name]
        if self.world.get(plane, KINDS[kind], name) is None:
            self.world.put(plane, KINDS[kind], template(name, 0))
            self._step(f"a foreign {kind} {name} on {plane}")

    @rule(plane=planes, name=names)
    def apply_by_kubectl(self, plane: str, name: str) -> None:
        """An object of a former deployer, with a label that Git does not state."""
        kind = TEMPLATES[name]
        if self.world.get(plane, KINDS[kind], name) is None:
            made = json.loads(template(name, 0))
            made["metadata"]["labels"] = {**made["metadata"].get("labels", {}), LEFT: "kubectl"}
            self.world.put(plane, KINDS[kind], json.dumps(made), by="kubectl-client-side-apply")
            self._step(f"{kind} {name} is made by kubectl on {plane}")

    @rule(plane=planes, name=names)
    def wipe_owners(self, plane: str, name: str) -> None:
        """The member forgets who wrote which field, as after a restore from a backup."""
        if self._is_ours(plane, name):
            self.world.edit(plane, KINDS[TEMPLATES[name]], name, {"metadata": {"managedFields": [{}]}})
            self._step(f"{TEMPLATES[name]} {name} on {plane} has no owners")

    @rule(plane=planes, name=st.sampled_from([name for name, kind in TEMPLATES.items() if kind in API]))
    def become_ready(self, plane: str, name: str) -> None:
        """What controllers would do: nothing runs here by itself."""
        kind = TEMPLATES[name]
        if self._is_ours(plane, name):
            live = self.world.get(plane, KINDS[kind], name)
            number, generation = live["spec"]["replicas"], live["metadata"]["generation"]
            counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), number)
            status = {"status": {"observedGeneration": generation, **counts}}
            self.world.edit(plane, KINDS[kind], name, status, by="controller", more="/status")
            self._step(f"{kind} {name} is ready on {plane}")

    # Outages

    @rule(plane=planes)
    def cut_off(self, plane: str) -> None:
        relay = self.world.relays[plane]
        if relay.down:
            relay.restore()
        else:
            relay.cut()
        self._step(f"{plane} is {'cut off' if relay.down else 'back'}")

    @rule()
    def lose_the_record(self) -> None:
        if self.world.status_branch():
            self.world.repo.git("branch", "-D", STATUS)
            self._step("the status branch is lost")

    # What they share

    def _clusters(self, where: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.names.get(name, name) for name in where)

    def _is_ours(self, plane: str, name: str) -> bool:
        live = self.world.get(plane, KINDS[TEMPLATES[name]], name)
        return live is not None and is_ours(live, self.world)

    def _declare(self) -> None:
        """The Cluster files as they are to be now."""
        files = {}
        for plane, name in self.names.items():
            cluster = json.loads(member(name, f"{plane}.kubeconfig"))
            cluster["metadata"]["labels"] = {"env": self.labels[plane]}
            files[f"clusters/{plane}.yaml"] = json.dumps(cluster, indent=2) + "\n"
        self._commit(files, *(f"clusters/{plane}.yaml" for plane in self.labels if plane not in self.names))

    def _commit(self, files: dict[str, str], *gone: str) -> None:
        path = self.world.repo.path
        gone = tuple(one for one in gone if (path / one).exists())
        changed = {
            one: text
            for one, text in files.items()
            if not (path / one).exists() or (path / one).read_text() != text.replace('"shop"', f'"{self.world.namespace}"')
        }
        if changed or gone:
            self.world.commit(changed, *gone)
            self._step(", ".join([*changed, *(f"{one} goes" for one in gone)]))

    def _step(self, what: str) -> None:
        self.history.append(what)
        Promises.steps += 1
        try:
            check_step(self.world, self.names)
        except AssertionError as failure:
            steps = "\n".join(f"  {number}. {step}" for number, step in enumerate(self.history))
            raise AssertionError(f"after\n{steps}\n{failure}") from failure


def selector_of(name: str) -> dict[str, str]:
    kind = TEMPLATES[name]
    return selector(kind, name, API.get(kind, "v1"))


def template(name: str, number: int) -> str:
    kind = TEMPLATES[name]
    if kind in API:
        return workload(name, replicas=1 + number, kind=kind, image=f"docker.io/library/nginx:1.{number % 2}")
    return secret(name, {"number": str(number)}) if kind == "Secret" else config(name, number=str(number))
