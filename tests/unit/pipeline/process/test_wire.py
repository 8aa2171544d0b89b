"""Two ends of one memory."""

from __future__ import annotations

import ast
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
from reconciler.pipeline.process.wire import CONSTANTS, Correspondence
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
    """Two correspondents, and what passes between them."""

    def __init__(self) -> None:
        self.ends = Correspondence(begins=True), Correspondence(begins=False)
        self.bytes = 0

    def tell(self, message: Any, *, back: bool = False) -> Any:
        speaker, listener = reversed(self.ends) if back else self.ends
        page = speaker.write(message)
        self.bytes = len(page)
        heard = listener.read(page)
        assert speaker.memory == listener.memory
        return heard

    def next_pass(self) -> None:
        for end in self.ends:
            end.next_pass()


def test_what_was_told_comes_back_as_the_very_object() -> None:
    pair, desired = Pair(), load(SHOP)
    heard = pair.tell(desired)
    assert heard == desired
    assert heard is not desired
    assert pair.tell(heard, back=True) is desired
    assert pair.tell(desired) is heard


def test_parts_keep_their_identity_in_new_surroundings() -> None:
    pair, desired = Pair(), load(SHOP)
    heard = pair.tell(desired)
    fewer = pair.tell(replace(desired, templates=desired.templates[1:]))
    assert fewer.clusters is heard.clusters
    assert all(new is old for new, old in zip(fewer.templates, heard.templates[1:], strict=True))
    back = pair.tell(replace(fewer, issues=()), back=True)
    assert back.clusters is desired.clusters
    assert all(new is old for new, old in zip(back.templates, desired.templates[1:], strict=True))


def test_a_set_that_is_a_field_is_known_again() -> None:
    pair, apis = Pair(), frozenset({GroupVersionKind("apps", "v1", "Deployment")})
    cluster = RecordedCluster(ClusterName("m1"), "m1.yaml", apis=apis)
    heard = pair.tell(RecordedState(clusters={cluster.name: cluster}))
    again = pair.tell(RecordedState(clusters={cluster.name: replace(cluster, applied=3)}))
    assert again.clusters[cluster.name].apis is heard.clusters[cluster.name].apis


def test_what_says_the_same_is_told_once_where_nouns_are_made_anew() -> None:
    pair = Pair()
    first = pair.tell(error("UnknownKind", "a" * 1000, origin=Origin("web.yaml", 3)))
    assert pair.tell(error("UnknownKind", "a" * 1000, origin=Origin("web.yaml", 3))) is first
    assert pair.bytes < 200


def test_a_pass_of_the_pipeline_costs_what_changed() -> None:
    pair = Pair()
    compiled = compile_files(SHOP, settled=True)
    heard = pair.tell(compiled)
    first = pair.bytes
    assert heard == compiled
    pair.tell(compiled)
    assert pair.bytes < first / 10


@pytest.mark.parametrize("constant", CONSTANTS)
def test_constants_are_themselves(constant: object) -> None:
    pair = Pair()
    assert pair.tell((constant, [constant])) == (constant, [constant])
    assert pair.tell(constant) is constant
    for _ in range(3):
        pair.next_pass()
    assert pair.tell(constant, back=True) is constant


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
    heard = Pair().tell(replace(FREE))
    assert heard == FREE
    assert heard is not FREE
    assert heard.suspension is NOT_SUSPENDED


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
    heard = Pair().tell(value)
    assert heard == value
    assert type(heard) is type(value)


def test_the_deepest_document_travels() -> None:
    document: Any = []
    for _ in range(200):
        document = {"items": [document]}
    assert Pair().tell(document) == document


def test_an_interpreter_answers_on_the_other_side() -> None:
    interpreter = interpreter_of(load(WIDGETS).customizations)
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 6}}
    heard = Pair().tell(interpreter)
    assert heard == interpreter
    assert heard.count(widget) == 6


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
    heard = Pair().tell(failure)
    assert type(heard) is type(failure)
    assert (str(heard), heard.args, heard.__dict__) == (str(failure), failure.args, failure.__dict__)
    assert heard.__notes__ == ["seen there"]


def test_what_two_passes_did_not_speak_of_is_forgotten() -> None:
    pair, desired = Pair(), load(SHOP)
    empty = len(pair.ends[0].memory)
    heard = pair.tell(desired)
    pair.next_pass()
    assert pair.tell(heard, back=True) is desired
    for _ in range(3):
        pair.next_pass()
    assert [len(end.memory) for end in pair.ends] == [empty, empty]
    assert pair.tell(desired) == heard
    assert pair.tell(heard, back=True) is not desired


def test_what_is_held_is_not_forgotten() -> None:
    pair, desired = Pair(), load(SHOP)
    heard = pair.tell(desired)
    for _ in range(5):
        pair.next_pass()
        assert pair.tell(desired) is heard
        assert pair.bytes < 200
    assert pair.tell(desired.templates[0]) is heard.templates[0]


def test_parts_outlive_the_whole_that_told_of_them() -> None:
    pair, desired = Pair(), load(SHOP)
    template = pair.tell(desired).templates[0]
    for _ in range(3):
        pair.next_pass()
        assert pair.tell(desired.templates[0]) is template
    assert pair.tell(desired).templates[0] is template


def test_what_could_not_be_written_was_not_said() -> None:
    pair, desired = Pair(), load(SHOP)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pair.ends[0].write((desired, lambda: None))
    assert pair.tell(desired) == desired


def test_recorded_bindings_are_told_by_what_the_other_side_decided() -> None:
    """The way of a decision: made there, remembered here, and back."""
    pair, compiled = Pair(), compile_files(SHOP)
    heard = pair.tell(compiled, back=True)
    back = pair.tell(assume_applied(heard))
    decisions = {key: item.decided.scheduling for key, item in compiled.templates.items()}
    targets = {key: decision.targets for key, decision in decisions.items() if isinstance(decision, Binding)}
    assert targets
    assert all(back.decisions[key].binding.targets is found for key, found in targets.items())
    assert decisions.keys() == back.decisions.keys()
    assert any(item.rendering.manifests for item in heard.templates.values())
