"""Dependencies as cli-utils reads them (family `order`, depends-on): declared ones, and those on Namespaces and definitions."""

from typing import Any

from reconciler.interpreter.containers import Containers, is_container
from reconciler.model.dependency_graph import layers
from reconciler.model.manifest import key_of
from reconciler.model.ordering import dependencies_of
from tests.conformance.replay import cases


@cases("order", "depends-on")
def test_stages(case: dict[str, Any]) -> None:
    """A cycle is what `layers` leaves out."""
    objects, expected = case["input"]["objects"], case["expect"]
    keys = [key_of(manifest) for manifest in objects]
    containers = Containers({key: manifest for key, manifest in zip(keys, objects, strict=True) if is_container(key)})
    needs = {
        key: {*(one.key for one in dependencies_of(manifest, key.namespace)), *containers.holding(key)}
        for key, manifest in zip(keys, objects, strict=True)
    }
    if case["input"]["reverse"]:
        needs = {key: {other for other in keys if key in needs[other]} for key in keys}
    found = layers(keys, needs)
    if expected.get("error") == "cycle":
        assert sum(map(len, found)) < len(keys), case["why"]
        return
    assert [sorted(keys.index(key) for key in layer) for layer in found] == [sorted(stage) for stage in expected["stages"]]
