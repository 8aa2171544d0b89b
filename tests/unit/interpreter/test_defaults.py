"""An object with the defaults of its kind. tests/e2e/kubernetes/test_defaults.py holds the values against a real API server."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.interpreter.default_rules import RULED_FIELDS, RULES
from reconciler.interpreter.defaults import _kinds, _types, with_defaults
from reconciler.model.manifest import Manifest, get, with_value
from tests.controlplane.samples import kinds, sample
from tests.unit.interpreter.manifests import manifest

objects = st.builds(sample, st.sampled_from(kinds()), st.randoms(use_true_random=False), st.sampled_from((0.1, 0.3, 0.6)))


def paths_of(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(below for step, item in members for below in paths_of(item, (*path, step)))]


@given(objects)
def test_what_is_stated_stays_and_a_second_time_changes_nothing(given: Manifest) -> None:
    before = copy.deepcopy(given)
    stored = with_defaults(given)
    assert given == before
    assert with_defaults(stored) == stored
    folded = ("data", "stringData") if given["kind"] == "Secret" else ()
    for path in paths_of(given):
        if path and path[0] in folded:
            continue
        if not isinstance(get(given, *path), dict | list) and path[:2] != ("spec", "sessionAffinityConfig"):
            assert get(stored, *path) == get(given, *path)


@given(objects, st.data())
def test_a_value_of_a_wrong_type_is_no_exception(given: Manifest, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(paths_of(given)[1:]))
    wrong = data.draw(st.sampled_from((None, True, 7, "", "text", [], [None], ["text"], {}, {"a": None}, {"a": [1]})))
    with_defaults(with_value(given, path, wrong))


def test_null_and_a_zero_that_go_takes_for_absent_get_the_default() -> None:
    spec = {"replicas": 0, "paused": None, "revisionHistoryLimit": None, "template": {"spec": {"dnsPolicy": ""}}}
    stored = with_defaults(manifest("apps/v1", "Deployment", spec=spec))["spec"]
    assert (stored["replicas"], stored["revisionHistoryLimit"]) == (0, 10)
    assert stored["template"]["spec"]["dnsPolicy"] == "ClusterFirst"
    assert "paused" not in stored


def test_string_data_is_data_and_wins() -> None:
    stored = with_defaults({"apiVersion": "v1", "kind": "Secret", "data": {"a": "MQ==", "b": "MQ=="}, "stringData": {"a": "2"}})
    assert (stored["data"], "stringData" in stored) == ({"a": "Mg==", "b": "MQ=="}, False)


@pytest.mark.parametrize("api_version", ["example.com/v1", "apps/v1beta1", ""])
def test_another_kind_gets_labels_and_annotations_only(api_version: str) -> None:
    given = manifest(api_version, "Deployment", metadata={"name": "a", "annotations": None}, spec={})
    assert with_defaults(given) == {**given, "metadata": {"name": "a", "labels": {}, "annotations": {}}}


def test_every_type_that_a_kind_leads_to_is_recorded() -> None:
    types = _types()
    below = {name for known in types.values() for _, name in known.children.values()}
    assert below | set(_kinds().values()) == types.keys()
    assert RULES.keys() <= types.keys()
    constants = {(name, field) for name, known in types.items() for field in known.values}
    assert not constants & {(name, field) for name, fields in RULED_FIELDS.items() for field in fields.split()}
