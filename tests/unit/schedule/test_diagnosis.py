"""What the user is told to do where nothing can be scheduled."""

from __future__ import annotations

import pytest

from reconciler.model.binding import Unschedulable
from reconciler.model.memo import Memo
from reconciler.schedule.schedule_template import schedule_template
from tests.support.builders import cluster, manifest, policy, template


@pytest.mark.parametrize(
    ("served", "remedy"),
    [
        (("lab.example/v1 Doodad", "lab.example/v2 Doodad"), "Write apiVersion: lab.example/v2; m1 and m2 serve it."),
        (("lab.example/v1 Doodad", "other/v9 Doodad"), "Write apiVersion: lab.example/v1; m1 and m2 serve it."),
        (("other/v1 Doodad",), "Write apiVersion: other/v1, if that is meant; m1 and m2 serve it."),
        (("lab.example/v1beta1 Doodad", "lab.example/v1 Doodad"), "Write apiVersion: lab.example/v1; m1 and m2 serve it."),
        (
            ("v1 ConfigMap",),
            "Install what serves lab.example/v9 Doodad on m1 and m2, such as its operator or CustomResourceDefinition, change "
            "the placement, or correct apiVersion and kind.",
        ),
    ],
)
def test_a_version_that_members_do_not_serve_is_the_templates_matter(served: tuple[str, ...], remedy: str) -> None:
    clusters = (cluster("m1", apis=served), cluster("m2", apis=served))
    result = schedule_template(template(manifest("Doodad", api="lab.example/v9")), policy(), clusters, None, Memo())
    assert isinstance(result, Unschedulable)
    assert result.remedy == remedy


def test_a_placement_that_selects_nothing_is_the_policys_matter() -> None:
    nowhere = policy(clusterAffinity={"clusterNames": ["m9"]})
    result = schedule_template(template(manifest("ConfigMap")), nowhere, (cluster("m1", apis=("v1 ConfigMap",)),), None, Memo())
    assert isinstance(result, Unschedulable)
    named = "It names the cluster m9, which no file declares."
    assert result.remedy == f"Correct the placement of PropagationPolicy shop/web. {named}"


def test_only_members_that_the_placement_allows_are_named() -> None:
    clusters = (cluster("m1", apis=("v1 ConfigMap",)), cluster("m2", apis=("v1 ConfigMap",)))
    only = policy(clusterAffinity={"clusterNames": ["m2"]})
    result = schedule_template(template(manifest("Doodad", api="lab.example/v9")), only, clusters, None, Memo())
    assert isinstance(result, Unschedulable)
    assert result.remedy.startswith("Install what serves lab.example/v9 Doodad on m2, such as")
