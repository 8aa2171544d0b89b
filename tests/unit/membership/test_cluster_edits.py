"""Taints and labels of a Cluster, as arguments of commands change them: what they mean, and the text afterwards."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.edit.object_text import ArgumentError
from reconciler.membership.cluster_labels import LabelChanges
from reconciler.membership.cluster_manifest import change_cluster
from reconciler.membership.cluster_taints import CORDON, TaintChanges
from reconciler.model.cluster import Taint

TEXT = """\
# The member in the cellar.
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata:
  name: m
  labels:
    tier: gold   # as paid
spec:
  taints:
  # no graphics cards
  - key: gpu
    value: "no"
    effect: NoSchedule   # since May
  - {key: old, effect: NoExecute}
  syncMode: Push
"""


def tainted(*words: str, text: str = TEXT) -> str:
    return change_cluster("m.yaml", text, "m", TaintChanges.parse(words).edits)


def labelled(*words: str, text: str = TEXT) -> str:
    return change_cluster("m.yaml", text, "m", LabelChanges.parse(words).edits)


def test_a_taint_is_added_and_no_other_line_changes() -> None:
    after = tainted("a=b:NoSchedule")
    added = [line for line in after.splitlines() if line not in TEXT.splitlines()]
    assert yaml.safe_load(after)["spec"]["taints"][2] == {"key": "a", "value": "b", "effect": "NoSchedule"}
    assert [line for line in after.splitlines() if line not in added] == TEXT.splitlines()


@pytest.mark.parametrize(
    ("words", "taints"),
    [
        (["old:NoExecute-"], ["gpu=no:NoSchedule"]),
        (["old-", "new:NoExecute"], ["gpu=no:NoSchedule", "new:NoExecute"]),
        (["gpu=yes:NoSchedule"], ["gpu=yes:NoSchedule", "old:NoExecute"]),
        (["gpu:NoSchedule"], ["gpu:NoSchedule", "old:NoExecute"]),
        (["gpu-", "old-"], []),
        (["gpu-", "old-", "n:NoExecute"], ["n:NoExecute"]),
        (["never-there-"], ["gpu=no:NoSchedule", "old:NoExecute"]),
    ],
)
def test_taints_after_an_edit(words: list[str], taints: list[str]) -> None:
    after = tainted(*words)
    items = yaml.safe_load(after)["spec"].get("taints", [])
    assert [str(Taint(one["key"], one.get("value", ""), one["effect"])) for one in items] == taints
    assert "# The member in the cellar." in after
    assert tainted(*words, text=after) == after, "the same edit changes nothing more"


def test_a_json_file_and_a_cluster_without_taints() -> None:
    document = {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "m"}}
    once = change_cluster("m.json", json.dumps(document), "m", TaintChanges((CORDON,)).edits)
    cordon = {"key": "cluster.karmada.io/unschedulable", "effect": "NoSchedule"}
    assert json.loads(once)["spec"]["taints"] == [cordon]
    twice = change_cluster("m.json", once, "m", TaintChanges.parse(["x=y:NoExecute"]).edits)
    assert json.loads(twice)["spec"]["taints"] == [cordon, {"key": "x", "value": "y", "effect": "NoExecute"}]


def test_labels_after_an_edit() -> None:
    after = labelled("tier=silver", "zone=a")
    assert yaml.safe_load(after)["metadata"]["labels"] == {"tier": "silver", "zone": "a"}
    assert "# as paid" in after
    assert "labels" not in yaml.safe_load(labelled("tier-"))["metadata"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gpu"], "is a taint without an effect"),
        (["gpu=no"], "is a taint without an effect"),
        (["gpu=no:NoSchedul"], "Did you mean NoSchedule"),
        (["a:NoExecute", "a=1:NoExecute"], "two taints have the key a"),
        (["a:NoExecute", "a-"], "both added and removed"),
        (["-a-b c:NoExecute"], "is not a label key"),
        (["a=b=c:NoExecute"], "is not a taint"),
    ],
)
def test_a_word_that_is_no_taint(words: list[str], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        TaintChanges.parse(words)


@pytest.mark.parametrize(("words", "message"), [(["a"], "is not a label"), (["a=1", "a-"], "named twice"), (["a=b c"], "value")])
def test_a_word_that_is_no_label(words: list[str], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        LabelChanges.parse(words)


def test_another_value_needs_overwrite() -> None:
    changes, present = TaintChanges.parse(["gpu=yes:NoSchedule"]), [Taint("gpu", "no", "NoSchedule")]
    with pytest.raises(ArgumentError, match="--overwrite"):
        changes.refuse_conflicts("m", present, overwrite=False)
    changes.refuse_conflicts("m", present, overwrite=True)
    with pytest.raises(ArgumentError, match="--overwrite"):
        LabelChanges.parse(["tier=b"]).refuse_conflicts("m", {"tier": "a"}, overwrite=False)


def test_what_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(ArgumentError, match=r"no taint gpi-?.*Did you mean gpu"):
        TaintChanges.parse(["gpi-"]).refuse_conflicts("m", [Taint("gpu", "no", "NoSchedule")], overwrite=False)
    with pytest.raises(ArgumentError, match=r"no label teir.*Did you mean tier"):
        LabelChanges.parse(["teir-"]).refuse_conflicts("m", {"tier": "a"}, overwrite=False)


_KEYS, _EFFECTS = st.sampled_from("abcd"), st.sampled_from(["NoSchedule", "NoExecute"])


@given(
    st.dictionaries(st.tuples(_KEYS, _EFFECTS), st.sampled_from(["", "v"]), max_size=5),
    st.dictionaries(st.tuples(_KEYS, _EFFECTS), st.sampled_from(["", "w"]), max_size=3),
    st.sets(st.tuples(_KEYS, _EFFECTS), max_size=3),
)
def test_the_text_has_exactly_the_taints_of_the_edit(
    before: dict[tuple[str, str], str], added: dict[tuple[str, str], str], removed: set[tuple[str, str]]
) -> None:
    removed = removed - added.keys()
    items = [{"key": key, "effect": effect, **({"value": value} if value else {})} for (key, effect), value in before.items()]
    document = {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "m"}}
    text = yaml.safe_dump({**document, "spec": {"syncMode": "Push", **({"taints": items} if items else {})}})
    changes = TaintChanges(tuple(Taint(key, value, effect) for (key, effect), value in added.items()), tuple(sorted(removed)))
    after = yaml.safe_load(change_cluster("m.yaml", text, "m", changes.edits))["spec"].get("taints", [])
    kept = {identity: value for identity, value in before.items() if identity not in removed}
    assert {(one["key"], one["effect"]): one.get("value", "") for one in after} == {**kept, **added}
