"""Hook annotations of Argo CD and Helm (family `order`, hooks): phases, waves and delete policies as Argo CD reads them."""

from typing import Any

from reconciler.model.hooks import argo_wave, hook_of
from tests.conformance.replay import cases


@cases("order", "hooks")
def test_hooks(case: dict[str, Any]) -> None:
    """The reference lists phases in no order, and delete policies in that of the annotations."""
    expected, manifest = case["expect"], case["input"]["object"]
    hook = hook_of(manifest)
    assert sorted(hook.phases) == sorted(expected["phases"]), case["why"]
    assert (hook.is_hook, hook.skip) == (expected["isHook"], expected["skip"]), case["why"]
    assert argo_wave(manifest) == expected["wave"], case["why"]
    assert list(hook.delete_policies) == expected["deletePolicies"], case["why"]
