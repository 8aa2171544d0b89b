"""In which order kinds are written: where Argo CD, Flux, cli-utils and Helm all agree on a pair, so do we."""

from typing import Any

from reconciler.model.manifest import key_of
from reconciler.plan.order import apply_order
from tests.conformance.replay import cases


@cases("order", "kinds")
def test_kinds(case: dict[str, Any]) -> None:
    objects = case["input"]["objects"]
    places = [apply_order(key_of(manifest)) for manifest in objects]
    wrong = [(objects[a]["kind"], objects[b]["kind"]) for a, b in case["expect"]["allAgreeBefore"] if places[a] >= places[b]]
    assert not wrong, case["why"]
