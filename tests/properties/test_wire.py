"""Whatever two sides send each other, in any order: it arrives, known values as the same objects, and both memories agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.keys import ClusterName, GroupVersionKind, PolicyRef, ResourceKey
from reconciler.model.origin import Origin
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.pipeline.process.wire import WireCodec
from reconciler.render.render_template import Rendering

DEPLOYMENT = GroupVersionKind("apps", "v1", "Deployment")


def template(number: int) -> ResourceTemplate:
    key = ResourceKey("apps", "Deployment", "shop", f"w{number}")
    return ResourceTemplate(key, DEPLOYMENT, {"spec": {"replicas": number}}, Origin(f"{number}.yaml"))


def binding(number: int) -> Binding:
    targets = (TargetCluster(ClusterName("m1"), number),)
    return Binding(ResourceKey("", "ConfigMap", "shop", f"c{number}"), PolicyRef("PropagationPolicy", "shop", "p"), targets)


@dataclass(frozen=True)
class Turn:
    back: bool
    mentioned: tuple[int, ...]
    """Nouns by their place among all that were made."""
    wrapped: str
    ends_pass: bool


TURNS = st.lists(
    st.builds(
        Turn,
        back=st.booleans(),
        mentioned=st.lists(st.integers(0, 9), max_size=4).map(tuple),
        wrapped=st.sampled_from(["tuple", "held", "mapping", "nested", "bare"]),
        ends_pass=st.booleans(),
    ),
    max_size=25,
)


@given(TURNS)
def test_any_exchange_is_decoded(turns: list[Turn]) -> None:
    ends = WireCodec(starts=True), WireCodec(starts=False)
    pools: tuple[list[Any], list[Any]] = ([template(n) for n in range(5)] + [binding(n) for n in range(5)], [None] * 10)
    last_sent: dict[int, int] = {}
    passes = 0
    for turn in turns:
        sender, receiver = (1, 0) if turn.back else (0, 1)
        places = [place for place in turn.mentioned if pools[sender][place] is not None]
        message = wrap(turn.wrapped, [pools[sender][place] for place in places])
        received = ends[receiver].decode(ends[sender].encode(message))
        assert received == message
        for place, noun in zip(places, unwrap(turn.wrapped, received), strict=True):
            if last_sent.get(place, -9) >= passes - 1:
                assert noun is pools[receiver][place]
            pools[receiver][place] = noun
            last_sent[place] = passes
        assert ends[0].memory == ends[1].memory
        if turn.ends_pass:
            passes += 1
            for end in ends:
                end.next_pass()
            assert ends[0].memory == ends[1].memory


def wrap(how: str, nouns: list[Any]) -> Any:
    """In surroundings that are new each time."""
    if how == "tuple":
        return DesiredState(templates=tuple(nouns))
    if how == "mapping":
        return RecordedState(decisions={ResourceKey("", "", "", str(place)): noun for place, noun in enumerate(nouns)})
    if how == "nested":
        return Rendering({ClusterName(str(place)): (noun, [noun]) for place, noun in enumerate(nouns)}, {})  # type: ignore[misc]
    if how == "held":
        return [RecordedDecision(noun, "", rule_files=(str(noun.key),)) for noun in nouns]
    return nouns


def unwrap(how: str, received: Any) -> list[Any]:
    if how == "tuple":
        return list(received.templates)
    if how == "mapping":
        return list(received.decisions.values())
    if how == "nested":
        return [noun for noun, _ in received.manifests.values()]
    if how == "held":
        return [found.binding for found in received]
    return list(received)
