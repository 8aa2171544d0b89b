"""Objects of ours that nobody wants."""

from __future__ import annotations

import json
from dataclasses import replace

from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import key_of
from reconciler.model.ownership import marked
from reconciler.model.recorded import RecordedState
from reconciler.passes.fleet import Fleet
from reconciler.present.orphans import orphan_remarks, orphans_document
from reconciler.review.orphans import find_orphans
from tests.support.builders import template
from tests.support.fakemember import FakeMember
from tests.support.fleet import config


def ours(name: str, instance: str = "reconciler") -> dict[str, object]:
    manifest = json.loads(config(name))
    return dict(marked(manifest, key_of(manifest), "sha256:x", instance))


async def test_only_what_no_file_and_no_record_knows() -> None:
    foreign = json.loads(config("foreign"))
    wanted = template(json.loads(config("wanted")))
    members = [
        FakeMember("m1", ours("left"), ours("wanted"), ours("other", "another"), foreign),
        FakeMember("m2", refuses={"look"}),
    ]
    fleet = Fleet({member.name: member for member in members}, {}, pulled={ClusterName("m3"): "no report"})
    desired = replace(DesiredState(), templates=(wanted,))
    found = await find_orphans(fleet, desired, RecordedState())
    assert [(one.cluster, str(one.key)) for one in found.orphans] == [("m1", "ConfigMap shop/left")]
    assert list(found.unanswered) == ["m2", "m3"]
    assert orphans_document(found)["orphans"][0]["name"] == "left"
    assert "kubectl delete configmap left -n shop" in next(orphan_remarks(found))
