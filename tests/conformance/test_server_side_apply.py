"""What an apply would do (family `diff`, server-side-apply), as far as it is decided here without a server: whether it would
change anything, and who had changed what it changes back.

The result of an apply is computed by the API server, so this family's objects are not. An apply of ours always has force, and
takes part in the ownership of what it states; so for us it changes something, too, where only that is new. An explicit null is
never applied: it is left out before.
"""

import json
from collections.abc import Iterator
from typing import Any

from reconciler.model.managed_fields import MANAGER, applied_fields, other_owners
from reconciler.plan.drift import deviations
from reconciler.plan.whole_object import comparable, same
from tests.conformance.replay import cases

IDENTITY = {".apiVersion", ".kind", ".metadata.name", ".metadata.namespace"}


def as_ours(live: Any, manager: str) -> Any:
    """The live object as if we were this manager."""
    entries = [
        {**entry, "manager": MANAGER if entry["manager"] == manager else entry["manager"]}
        for entry in live["metadata"].get("managedFields", [])
    ]
    return {**live, "metadata": {**live["metadata"], "managedFields": entries}}


@cases("diff", "server-side-apply", select=lambda case: "object" in case["expect"])
def test_whether_an_apply_changes_anything(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expect"]
    live, config = as_ours(given["live"], given["manager"]), comparable(given["config"])
    before = set(leaves(applied_fields(live), ""))
    (after,) = [
        set(one["fields"]) for one in expected["managers"] if (one["manager"], one["operation"]) == (given["manager"], "Apply")
    ]
    after -= set(nulls(given["config"], ""))
    changes = not same(expected["object"], live) or after - IDENTITY != before - IDENTITY
    assert bool(deviations(config, live)) == changes, case["why"]


@cases("diff", "server-side-apply", select=lambda case: "conflicts" in case["expect"])
def test_who_changed_what_an_apply_changes_back(case: dict[str, Any]) -> None:
    """Each field that a polite apply would leave to its manager is found to differ, and its manager is named."""
    given = case["input"]
    live = as_ours(given["live"], given["manager"])
    found = {printed(path): other_owners(live, path) for path in deviations(comparable(given["config"]), live)}
    for conflict in case["expect"]["conflicts"]:
        owners = [who for path, who in found.items() if conflict["field"].startswith(path)]
        assert any(conflict["manager"] in who for who in owners), case["why"]


def nulls(value: Any, path: str) -> Iterator[str]:
    """The fields that are stated as null."""
    for name, one in value.items() if isinstance(value, dict) else ():
        if one is None:
            yield f"{path}.{name}"
        yield from nulls(one, f"{path}.{name}")


def leaves(tree: Any, path: str) -> Iterator[str]:
    """The owned fields, as structured-merge-diff prints them."""
    below = {step: more for step, more in tree.items() if step != "."}
    if not below and path:
        yield path
    for step, more in below.items():
        yield from leaves(more, path + printed((step,)))


def printed(path: tuple[str, ...]) -> str:
    text = ""
    for step in path:
        mark, _, rest = step.partition(":")
        if mark == "k":
            text += "[" + ",".join(f"{name}={json.dumps(value)}" for name, value in json.loads(rest).items()) + "]"
        else:
            text += f"[={rest}]" if mark == "v" else f".{rest}"
    return text
