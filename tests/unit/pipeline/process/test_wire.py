"""Two codecs share one memory."""

from __future__ import annotations

import ast
import gc
import importlib
import pickle
from dataclasses import is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import reconciler
from reconciler.interpreter.precedence import interpreter_of
from reconciler.model.binding import Binding
from reconciler.model.health import HealthStatus
from reconciler.model.issues import error
from reconciler.model.keys import ClusterName, GroupVersionKind, PolicyRef, ResourceKey
from reconciler.model.origin import Origin
from reconciler.model.overrides import OverrideRule
from reconciler.model.policy import NOT_SUSPENDED
from reconciler.model.quantity import Quantity, QuantityError
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.pipeline.process.wire import CONSTANTS, WireCodec
from reconciler.record.next_state import assume_applied
from reconciler.render.override import OverrideError, Rule
from reconciler.transition.suspension import FREE
from tests.support.in_memory_fleet import compile_files, load
from tests.support.shop import SHOP
from tests.unit.pipeline.test_declared_rules import FILES as WIDGETS

KEY = ResourceKey("apps", "Deployment", "shop", "web")
OVERRIDE = OverrideError(
    Rule(PolicyRef("OverridePolicy", "shop", "tier"), 0, OverrideRule(None, (), Origin("o.yaml", 7))), "x", QuantityError("no")
)


class Pair:
    """Two codecs that send each other messages."""

    def __init__(self) -> None:
        self.ends = WireCodec(starts=True), WireCodec(starts=False)
        self.bytes = 0

    def send(self, message: Any, *, back: bool = False) -> Any:
        sender, receiver = reversed(self.ends) if back else self.ends
        encoded = sender.encode(message)
        self.bytes = len(encoded)
        decoded = receiver.decode(encoded)
        assert sender.memory == receiver.memory
        return decoded

    def next_pass(self) -> None:
        for end in self.ends:
            end.next_pass()


def test_what_was_sent_comes_back_as_the_same_object() -> None:
    pair, desired = Pair(), load(SHOP)
    received = pair.send(desired)
    assert received == desired
    assert received is not desired
    assert pair.send(received, back=True) is desired
    assert pair.send(desired) is received


def test_parts_keep_their_identity_in_new_surroundings() -> None:
    pair, desired = Pair(), load(SHOP)
    received = pair.send(desired)
    fewer = pair.send(replace(desired, templates=desired.templates[1:]))
    assert fewer.clusters is received.clusters
    assert all(new is old for new, old in zip(fewer.templates, received.templates[1:], strict=True))
    back = pair.send(replace(fewer, issues=()), back=True)
    assert back.clusters is desired.clusters
    assert all(new is old for new, old in zip(back.templates, desired.templates[1:], strict=True))


def test_a_set_that_is_a_field_keeps_its_identity() -> None:
    pair, apis = Pair(), frozenset({GroupVersionKind("apps", "v1", "Deployment")})
    cluster = RecordedCluster(ClusterName("m1"), "m1.yaml", apis=apis)
    received = pair.send(RecordedState(clusters={cluster.name: cluster}))
    again = pair.send(RecordedState(clusters={cluster.name: replace(cluster, applied=3)}))
    assert again.clusters[cluster.name].apis is received.clusters[cluster.name].apis


def test_equal_nouns_that_are_made_anew_are_sent_once() -> None:
    pair = Pair()
    first = pair.send(error("UnknownKind", "a" * 1000, origin=Origin("web.yaml", 3)))
    assert pair.send(error("UnknownKind", "a" * 1000, origin=Origin("web.yaml", 3))) is first
    assert pair.bytes < 200


def test_a_pass_of_the_pipeline_costs_what_changed() -> None:
    pair = Pair()
    compiled = compile_files(SHOP, settled=True)
    received = pair.send(compiled)
    first = pair.bytes
    assert received == compiled
    pair.send(compiled)
    assert pair.bytes < first / 10


@pytest.mark.parametrize("constant", CONSTANTS)
def test_constants_are_themselves(constant: object) -> None:
    pair = Pair()
    assert pair.send((constant, [constant])) == (constant, [constant])
    assert pair.send(constant) is constant
    for _ in range(3):
        pair.next_pass()
    assert pair.send(constant, back=True) is constant


def test_every_constant_that_is_asked_for_by_identity_is_known() -> None:
    asked = {name for path in Path(reconciler.__file__).parent.rglob("*.py") for name in _nouns_asked_by_identity(path)}
    known = {id(constant) for constant in CONSTANTS}
    assert {name for name, noun in asked if noun not in known} == set()
    assert id(FREE) in {noun for _, noun in asked}


def _nouns_asked_by_identity(path: Path) -> set[tuple[str, int]]:
    """Names of nouns on either side of `is`, as the module sees them."""
    root = Path(reconciler.__file__).parents[1]
    sides = [
        side.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare) and any(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Name) and side.id.lstrip("_").isupper()
    ]
    if not sides:
        return set()
    module = importlib.import_module(".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"))
    nouns = {name: getattr(module, name, None) for name in sides}
    return {(name, id(noun)) for name, noun in nouns.items() if is_dataclass(noun)}


def test_equal_to_a_constant_is_not_the_constant() -> None:
    received = Pair().send(replace(FREE))
    assert received == FREE
    assert received is not FREE
    assert received.suspension is NOT_SUSPENDED


@pytest.mark.parametrize(
    "value",
    [
        HealthStatus.CURRENT,
        datetime(2026, 1, 1, 12, tzinfo=UTC),
        MappingProxyType({"a": (1, 2)}),
        Quantity.parse("1.5Gi"),
        frozenset({KEY}),
        {"nested": [{"list": [1, 2.5, None, True, ""]}]},
        b"\x00\xff",
        Binding(KEY, None, (), rejected=MappingProxyType({ClusterName("m1"): "no"})),
    ],
)
def test_plain_data_travels(value: object) -> None:
    received = Pair().send(value)
    assert received == value
    assert type(received) is type(value)


def test_the_deepest_document_travels() -> None:
    document: Any = []
    for _ in range(200):
        document = {"items": [document]}
    assert Pair().send(document) == document


def test_an_interpreter_answers_on_the_other_side() -> None:
    interpreter = interpreter_of(load(WIDGETS).customizations)
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 6}}
    received = Pair().send(interpreter)
    assert received == interpreter
    assert received.count(widget) == 6


@pytest.mark.parametrize(
    "failure",
    [
        QuantityError("not a quantity", remedy="Write 500m."),
        OVERRIDE,
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        OSError(2, "No such file", "a.yaml"),
        KeyError("web"),
    ],
)
def test_errors_travel_as_what_they_are(failure: Exception) -> None:
    failure.add_note("seen there")
    received = Pair().send(failure)
    assert type(received) is type(failure)
    assert (str(received), received.args, received.__dict__) == (str(failure), failure.args, failure.__dict__)
    assert received.__notes__ == ["seen there"]


def test_what_two_passes_did_not_send_is_forgotten() -> None:
    pair, desired = Pair(), load(SHOP)
    empty = len(pair.ends[0].memory)
    received = pair.send(desired)
    pair.next_pass()
    assert pair.send(received, back=True) is desired
    for _ in range(3):
        pair.next_pass()
    assert [len(end.memory) for end in pair.ends] == [empty, empty]
    assert pair.send(desired) == received
    assert pair.send(received, back=True) is not desired


def test_parts_of_what_is_sent_are_not_forgotten() -> None:
    pair, desired = Pair(), load(SHOP)
    received = pair.send(desired)
    for _ in range(5):
        pair.next_pass()
        assert pair.send(desired) is received
        assert pair.bytes < 200
    assert pair.send(desired.templates[0]) is received.templates[0]


def test_parts_outlive_the_whole_that_they_were_sent_in() -> None:
    pair, desired = Pair(), load(SHOP)
    template = pair.send(desired).templates[0]
    for _ in range(3):
        pair.next_pass()
        assert pair.send(desired.templates[0]) is template
    assert pair.send(desired).templates[0] is template


def test_messages_leave_nothing_for_the_garbage_collector() -> None:
    """It comes rarely, and until then all that a message brought would stay in memory."""
    pair, desired = Pair(), load(SHOP)
    gc.collect()
    gc.disable()
    try:
        received = pair.send(desired)
        assert pair.send(received, back=True) is desired
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_what_could_not_be_encoded_was_not_sent() -> None:
    pair, desired = Pair(), load(SHOP)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pair.ends[0].encode((desired, lambda: None))
    assert pair.send(desired) == desired


def test_recorded_bindings_keep_the_identity_of_the_decided_ones() -> None:
    """The way of a decision: made there, remembered here, and back."""
    pair, compiled = Pair(), compile_files(SHOP)
    received = pair.send(compiled, back=True)
    back = pair.send(assume_applied(received))
    decisions = {key: item.decided.scheduling for key, item in compiled.templates.items()}
    targets = {key: decision.targets for key, decision in decisions.items() if isinstance(decision, Binding)}
    assert targets
    assert all(back.decisions[key].binding.targets is found for key, found in targets.items())
    assert decisions.keys() == back.decisions.keys()
    assert any(item.rendering.manifests for item in received.templates.values())
