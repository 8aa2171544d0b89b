"""Which fields are left to a member, where lists make places on both sides differ."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter.registry import clean
from reconciler.model.managed_fields import spelled
from reconciler.model.manifest import with_value
from reconciler.model.ownership import ID_ANNOTATION, INSTANCE_LABEL
from reconciler.model.write_policy import Language, Query, WritePolicy
from reconciler.plan.apply_configuration import apply_configuration, fields_to_ignore
from reconciler.plan.ignored_fields import is_ignored, with_live_values
from tests.support.builders import config, deployment, manifest, ours
from tests.support.managed_fields import entry, fields, live

CONTAINERS = ("spec", "template", "spec", "containers")
PATH = "spec/template/spec/containers"


def policy(*texts: str, managers: tuple[str, ...] = ()) -> WritePolicy:
    languages = {"/": Language.POINTER, "$": Language.JSONPATH, ".": Language.JQ}
    return WritePolicy(queries=tuple(Query(languages[text[0]], text) for text in texts), managers=managers)


def web(*containers: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = with_value(deployment(), CONTAINERS, list(containers))
    return document


def there(document: dict[str, Any], own: list[str], theirs: list[str] | None = None, by: str = "injector") -> dict[str, Any]:
    others = [entry(fields(*theirs), by, "Update")] if theirs else []
    return live(document, entry(fields(*own)), *others)


def left(document: dict[str, Any], held: dict[str, Any], rules: WritePolicy) -> list[str]:
    return sorted(spelled(path) for path in fields_to_ignore(document, held, rules))


def applied(document: dict[str, Any], held: dict[str, Any], rules: WritePolicy) -> Any:
    ignored = fields_to_ignore(document, held, rules)
    return apply_configuration(document, held, autoscaled=False, ignored=ignored)


WEB = {"name": "web", "image": "a:1"}
OWN = [f'{PATH}/k:{{"name":"web"}}/{field}' for field in (".", "name", "image")]


def test_places_of_both_sides_become_items_by_their_keys() -> None:
    """In the member, an injector put its container first."""
    held = there(web({"name": "proxy", "image": "p"}, {**WEB, "image": "a:9"}), OWN[:2], [OWN[2]])
    assert left(web(WEB), held, policy("/spec/template/spec/containers/0/image")) == [
        "spec.template.spec.containers[name=proxy].image",
        "spec.template.spec.containers[name=web].image",
    ]
    rules = policy("$.spec.template.spec.containers[?@.name=='web'].image")
    assert left(web(WEB), held, rules) == ["spec.template.spec.containers[name=web].image"]
    assert applied(web(WEB), held, rules)["spec"]["template"]["spec"]["containers"] == [{"name": "web"}]


def test_an_item_without_owners_is_known_by_its_name_or_its_place() -> None:
    held = live(web(WEB))
    assert left(web(WEB), held, policy(".spec.template.spec.containers[0]")) == ["spec.template.spec.containers[name=web]"]
    twins = manifest("Thing", api="e.x/v1", spec={"rules": [{"a": 1}, {"a": 2}]})
    (path,) = fields_to_ignore(twins, live(twins), policy("/spec/rules/1/a"))
    assert path == ("f:spec", "f:rules", "i:1", "f:a")


def test_a_field_that_only_we_own_is_applied_with_the_value_of_the_member() -> None:
    """Left out, the server would remove it."""
    held = there(config(data={"a": "9", "b": "1"}), ["data/a", "data/b"])
    assert applied(config(data={"a": "1", "b": "1"}), held, policy("/data/a"))["data"] == {"a": "9", "b": "1"}


def test_a_field_that_git_drops_stays_where_it_is_left_to_the_member() -> None:
    held = there(config(data={"a": "9", "b": "1"}), ["data/a", "data/b"])
    assert applied(config(data={"b": "1"}), held, policy("/data/a"))["data"] == {"a": "9", "b": "1"}
    assert applied(config(data={"b": "1"}), held, policy())["data"] == {"b": "1"}


def test_a_field_that_the_member_lacks_is_not_applied() -> None:
    held = there(config(data={"b": "1"}), ["data/b"])
    assert applied(config(data={"a": "1", "b": "1"}), held, policy("/data/a"))["data"] == {"b": "1"}


def test_a_value_that_another_writer_states_too_is_given_up() -> None:
    """Otherwise its next apply would be refused as a conflict with ours."""
    held = there(config(data={"a": "1", "b": "1"}), ["data/a", "data/b"], ["data/a"])
    assert applied(config(data={"a": "1", "b": "1"}), held, policy("/data/a"))["data"] == {"b": "1"}
    assert applied(config(data={"a": "1", "b": "1"}), held, policy(managers=("injector",)))["data"] == {"b": "1"}
    assert applied(config(data={"a": "1", "b": "1"}), held, policy(managers=("other",)))["data"] == {"a": "1", "b": "1"}


def test_the_values_of_a_manager_are_left_and_its_other_fields_do_not_matter() -> None:
    held = there(config(data={"a": "9", "b": "7", "c": "3"}), ["data/x"], ["data/a", "data/c"])
    rules = policy(managers=("injector",))
    assert left(config(data={"a": "1", "b": "1"}), held, rules) == ["data.a"]
    assert applied(config(data={"a": "1", "b": "1"}), held, rules)["data"] == {"b": "1"}


@pytest.mark.parametrize("pointer", ["/metadata", "/metadata/annotations", "/metadata/name", "/kind"])
def test_our_marks_and_the_name_are_never_left_out(pointer: str) -> None:
    wanted = ours(config(annotations={"team": "a"}))
    held = there({**wanted, "metadata": {**wanted["metadata"], "annotations": {"team": "b"}}}, ["metadata/annotations/x"])
    result = applied(wanted, held, policy(pointer))
    assert result["kind"] == "ConfigMap"
    assert result["metadata"]["name"] == "config"
    assert result["metadata"]["labels"][INSTANCE_LABEL]
    assert result["metadata"]["annotations"][ID_ANNOTATION]
    assert "uid" not in result["metadata"]
    assert "managedFields" not in result["metadata"]


def test_a_whole_object_is_written_with_the_values_of_the_member() -> None:
    """For directory members, where nobody owns fields."""
    held = config(data={"a": "9", "b": "9"})
    wanted = clean(config(data={"a": "1", "b": "1"}))
    kept = with_live_values(wanted, held, [("f:data", "f:a"), ("f:data", "f:c"), ("f:binaryData",)])
    assert kept["data"] == {"a": "9", "b": "1"}


def test_a_part_of_an_ignored_field_is_ignored_and_a_whole_around_it_is_not() -> None:
    paths = [("f:spec", "f:replicas")]
    assert is_ignored(("f:spec", "f:replicas"), paths)
    assert is_ignored(("f:spec", "f:replicas", "f:x"), paths)
    assert not is_ignored(("f:spec",), paths)
    assert not is_ignored(("f:spec", "f:replica"), paths)
