"""What people state about rollouts, in the text of the file: other lines, comments and entries stay."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reconciler.edit.object_text import ArgumentError
from reconciler.edit.rollout_controls import Control, find_rollout, pausing, resuming, short_names, stated_rollouts, stating
from reconciler.model.keys import PolicyRef
from reconciler.model.rollout import RecordedRollout, RolloutPhase
from tests.support.in_memory_fleet import NOW, load

NEW, OLD = "1" * 40, "2" * 40
CONFIGURATION = """\
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
spec:
  rollout: {groups: [{name: canary}]}   # all of it
  rollouts: {slow: {}}
  rolloutControl:
    approved:
      # by the team of the shop
      - 1111111111/canary
      - 2222222222/canary
"""


def policy(name: str, namespace: str = "shop", annotations: str = "reconciler.dev/rollout: slow") -> str:
    return f"""apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {{name: {name}, namespace: {namespace}, annotations: {{{annotations}}}}}
spec: {{resourceSelectors: [{{apiVersion: v1, kind: ConfigMap}}]}}
"""


FILES = {
    "reconciler.yaml": CONFIGURATION,
    "web.yaml": policy("web"),
    "api.yaml": policy("api"),
    "other.yaml": policy("api", "other"),
    "plain.yaml": policy("plain", annotations=""),
    "none.yaml": policy("none", annotations="reconciler.dev/rollout: none"),
}
DESIRED = load(FILES)


def test_rollouts_are_named_in_short_or_in_full() -> None:
    assert list(stated_rollouts(DESIRED)) == [
        "Configuration",
        "PropagationPolicy other/api",
        "PropagationPolicy shop/api",
        "PropagationPolicy shop/web",
    ]
    for word in ("", "Configuration"):
        assert find_rollout(DESIRED, word).policy is None
    for word in ("web", "shop/web", "PropagationPolicy shop/web"):
        assert find_rollout(DESIRED, word).name == "PropagationPolicy shop/web"
    assert short_names("ClusterPropagationPolicy web") == ("ClusterPropagationPolicy web", "web")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("api", "api means several rollouts: PropagationPolicy other/api, PropagationPolicy shop/api"),
        ("wob", "no rollout has the name wob. Did you mean web?"),
        ("plain", "has no strategy of its own"),
        ("none", "its annotation reconciler.dev/rollout is none"),
    ],
)
def test_a_name_that_means_no_rollout_is_refused(word: str, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        find_rollout(DESIRED, word)


def test_an_approval_stands_beside_those_of_the_same_commit_and_replaces_others() -> None:
    one = find_rollout(DESIRED, "")
    after = one.edit(stating(one, Control.APPROVED, NEW, "europe")).change(CONFIGURATION)
    assert after == CONFIGURATION.replace("2222222222/canary", "1111111111/europe")
    same = one.edit(stating(one, Control.APPROVED, NEW, "canary")).change(CONFIGURATION)
    assert same == CONFIGURATION.replace("      - 2222222222/canary\n", "")
    third = one.edit(stating(one, Control.APPROVED, "3" * 40, "canary")).change(CONFIGURATION)
    assert third is not None
    assert "approved:" in third
    assert "3333333333/canary" in third
    assert "111" not in third


def test_a_pause_and_its_end_leave_the_file_as_it_was() -> None:
    for word, file in (("", "reconciler.yaml"), ("web", "web.yaml")):
        one = find_rollout(DESIRED, word)
        paused = one.edit(pausing(one, 'wait: "now"')).change(FILES[file])
        assert paused not in (None, FILES[file])
        again = find_rollout(load({**FILES, file: paused or ""}), word)
        assert again.controls.paused == 'wait: "now"'
        assert (
            "rollout-paused" in (paused or "").splitlines()[again.paused_line(paused or "") - 1]
            or "paused:" in (paused or "").splitlines()[again.paused_line(paused or "") - 1]
        )
        assert one.edit(resuming(one)).change(paused) == FILES[file]


def test_a_policy_in_json() -> None:
    manifest = {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "ClusterPropagationPolicy",
        "metadata": {"name": "web", "annotations": {"reconciler.dev/rollout": "slow"}},
        "spec": {"resourceSelectors": [{"apiVersion": "v1", "kind": "Namespace"}]},
    }
    text = json.dumps(manifest)
    one = find_rollout(load({"reconciler.yaml": CONFIGURATION, "web.json": text}), "web")
    after = json.loads(one.edit(stating(one, Control.PROMOTED, OLD, "*")).change(text) or "")
    assert after["metadata"]["annotations"] == {
        "reconciler.dev/rollout": "slow",
        "reconciler.dev/rollout-promoted": "2222222222/*",
    }


def test_the_configuration_controls_the_rollout_of_a_policy_that_is_gone() -> None:
    gone = load({path: text for path, text in FILES.items() if path != "web.yaml"})
    ref = PolicyRef("PropagationPolicy", "shop", "web")
    recorded = RecordedRollout(ref, "a" * 40, NOW, strategy=next(iter(gone.settings.rollouts)))
    with pytest.raises(ArgumentError):
        find_rollout(gone, "web")
    one = find_rollout(gone, "web", [recorded])
    assert (one.name, one.file, one.ref) == ("PropagationPolicy shop/web", "reconciler.yaml", ref)
    with pytest.raises(ArgumentError):
        find_rollout(gone, "web", [replace(recorded, phase=RolloutPhase.COMPLETED)])
