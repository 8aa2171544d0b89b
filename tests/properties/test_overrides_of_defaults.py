"""Overrides of a file do what Karmada's do to the stored object, and write nothing that no rule asks for."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import ReconcilerError
from reconciler.interpreter.defaults import with_defaults
from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import Manifest, get, without
from reconciler.model.overrides import Overrider, OverrideRule, PatchOperation, PlaintextOverrider
from reconciler.render.override import Overridden, Rule, apply_rules, not_overridden
from tests.controlplane.samples import kinds, sample
from tests.unit.interpreter.test_defaults import paths_of

NAMES = ("CronJob", "DaemonSet", "Deployment", "HorizontalPodAutoscaler", "Job", "Pod", "ReplicationController", "Service")
KINDS = [kind for kind in kinds() if kind.kind in (*NAMES, "StatefulSet", "StorageClass")]
samples = st.builds(sample, st.sampled_from(KINDS), st.randoms(use_true_random=False), st.sampled_from((0.0, 0.1, 0.2)))
values = st.sampled_from((7, "x", {}, [], {"a": 1}, {"type": "x"}))


@st.composite
def patches(draw: st.DrawFn) -> tuple[Manifest, list[Overrider]]:
    """A manifest, and overriders that address what it would be when it is stored, and what is not there either."""
    manifest = draw(samples)
    for path in (("metadata", "labels"), ("metadata", "annotations"), ("spec", "sessionAffinityConfig")):
        manifest = without(manifest, path)  # The API server drops the last one where it has no meaning.
    stored = paths_of(with_defaults(manifest))[1:]
    filled_in = st.sampled_from([path for path in stored if get(manifest, *path) is None]).map(pointer)
    anywhere = st.sampled_from(stored).map(pointer)
    below = st.builds(str.__add__, anywhere, st.sampled_from(("/x", "/0", "/-")))
    paths = st.integers(0, 9).flatmap(lambda number: filled_in if number < 7 else anywhere if number < 9 else below)
    operation = st.builds(PatchOperation, st.sampled_from(("add", "replace", "remove")), paths, values)
    overrider = st.builds(lambda operations: PlaintextOverrider(tuple(operations)), st.lists(operation, min_size=1, max_size=2))
    return manifest, draw(st.lists(overrider, min_size=1, max_size=3))


def pointer(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def applied(manifest: Manifest, overriders: list[Overrider], *, karmada_exact: bool = False) -> Overridden | None:
    rules = tuple(Rule(PolicyRef("OverridePolicy", "a", "a"), 0, OverrideRule(None, (one,))) for one in overriders)
    try:
        return apply_rules(not_overridden(manifest), rules, karmada_exact=karmada_exact)
    except ReconcilerError:
        return None


@given(patches())
def test_a_file_is_overridden_as_the_stored_object_is(patch: tuple[Manifest, list[Overrider]]) -> None:
    manifest, overriders = patch
    ours = applied(manifest, overriders)
    karmadas = applied(with_defaults(manifest), overriders, karmada_exact=True)
    assert (ours is None) == (karmadas is None)
    if ours is None or karmadas is None:
        return
    assert_part(ours.manifest, karmadas.manifest)
    touched = [operation.path for overrider in overriders for operation in overrider.operations]
    for path in paths_of(karmadas.manifest)[1:]:
        place = pointer(path)
        asked = any(place == one or place.startswith(f"{one}/") for one in touched) or get(manifest, *path) is not None
        value = get(karmadas.manifest, *path)
        if not asked and not isinstance(value, dict | list):
            in_list = any(isinstance(step, int) for step in path)
            assert in_list or get(ours.manifest, *path) is None, f"{place} is written, and nobody asked for it"


@given(patches())
def test_what_the_rules_write_is_there(patch: tuple[Manifest, list[Overrider]]) -> None:
    manifest, overriders = patch
    ours = applied(manifest, overriders)
    if ours is None:
        return
    last = overriders[-1].operations[-1]  # type: ignore[union-attr]
    if last.operator == "replace" and not last.path.endswith("/-"):
        steps = [step.replace("~1", "/").replace("~0", "~") for step in last.path.split("/")[1:]]
        value: Any = ours.manifest
        for step in steps:
            value = value[int(step)] if isinstance(value, list) else value[step]
        assert value == last.value


def assert_part(ours: Any, whole: Any, path: str = "") -> None:
    """Everything that the manifest states is in the stored object too, with the same value. Null counts as absent."""
    if isinstance(ours, dict) and isinstance(whole, dict):
        for name, value in ours.items():
            if value is not None:
                assert name in whole, f"{path}/{name}"
                assert_part(value, whole[name], f"{path}/{name}")
    elif isinstance(ours, list) and isinstance(whole, list) and len(ours) == len(whole):
        for place, (one, other) in enumerate(zip(ours, whole, strict=True)):
            assert_part(one, other, f"{path}/{place}")
    else:
        assert ours == whole, path
