"""Removing defaults: the API server fills in the same again."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.interpreter.defaults import with_defaults, without_defaults
from tests.support.fleet import workload

_SPECS = st.fixed_dictionaries(
    {},
    optional={
        "replicas": st.integers(0, 3),
        "revisionHistoryLimit": st.sampled_from([3, 10]),
        "progressDeadlineSeconds": st.sampled_from([600, 30]),
        "paused": st.booleans(),
        "strategy": st.sampled_from([{"type": "Recreate"}, {"type": "RollingUpdate"}, {"rollingUpdate": {"maxSurge": "25%"}}]),
    },
)
_CONTAINERS = st.fixed_dictionaries(
    {"name": st.just("app"), "image": st.sampled_from(["app:1", "app", "app:latest"])},
    optional={
        "imagePullPolicy": st.sampled_from(["Always", "IfNotPresent"]),
        "ports": st.just([{"containerPort": 80, "protocol": "TCP"}]),
        "readinessProbe": st.sampled_from(
            [{"httpGet": {"path": "/", "port": 80}}, {"timeoutSeconds": 1, "tcpSocket": {"port": 1}}]
        ),
        "resources": st.sampled_from([{}, {"limits": {"cpu": "1"}}]),
        "terminationMessagePath": st.just("/dev/termination-log"),
    },
)


@given(_SPECS, _CONTAINERS, st.booleans())
def test_the_stored_object_is_the_same_and_nothing_that_matters_goes(
    spec: dict[str, Any], container: dict[str, Any], stored: bool
) -> None:
    manifest = json.loads(workload("web"))
    manifest["spec"] |= spec
    manifest["spec"]["template"]["spec"]["containers"] = [container]
    if stored:
        manifest = with_defaults(manifest)
    smaller = without_defaults(manifest)
    assert with_defaults(smaller) == with_defaults(manifest)
    assert without_defaults(smaller) == smaller
    assert smaller["spec"]["template"]["spec"]["containers"][0]["image"] == container["image"]
    assert len(json.dumps(smaller)) <= len(json.dumps(manifest))
