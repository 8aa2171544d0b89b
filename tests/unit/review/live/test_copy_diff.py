"""One live object beside its manifest: what is compared, what is left to others, and what nobody may see."""

from __future__ import annotations

import json
from typing import Any

from reconciler.interpreter.precedence import BUILT_IN
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, key_of, with_value
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.ownership import marked
from reconciler.model.sealed import Sealed, seal_of
from reconciler.model.settings import Settings
from reconciler.model.work import RenderedManifest
from reconciler.review.live.copy_diff import CopyDiff, compare_copy
from reconciler.review.recorded_manifest import RecordedManifest
from tests.support.fleet import secret, workload

SETTINGS = Settings()
REPLICAS = ("spec", "replicas")


def recorded(text: str, sealed: Sealed | None = None) -> RecordedManifest:
    stated = json.loads(text)
    key = key_of(stated)
    made = RenderedManifest(key, marked(stated, key, "sha256:1", SETTINGS.instance), "sha256:1", NOWHERE, sealed=sealed)
    nothing: Any = None
    member = Cluster(ClusterName("m1"), Origin("m1.yaml", 1))
    return RecordedManifest(nothing, nothing, made, (), member, SETTINGS, nothing, BUILT_IN, True)


def applied(found: RecordedManifest) -> Manifest:
    """As a server holds it after our apply."""
    manifest = found.rendered.manifest
    fields = {f"f:{name}": {} for name in ("data", "spec", "type") if name in manifest}
    entry = {"manager": "reconciler", "operation": "Apply", "fieldsV1": fields, "time": "2026-11-30T09:41:00Z"}
    return with_value(with_value(manifest, ("metadata", "managedFields"), [entry]), ("metadata", "uid"), "1")


def test_the_number_of_replicas_may_be_an_autoscalers_where_none_could_be_listed() -> None:
    found = recorded(workload("web"))
    live = with_value(applied(found), REPLICAS, 7)
    assert compare_copy(found, live, None).is_as_desired
    differing = compare_copy(found, live, {})
    assert ("  replicas: 7" in differing.live, "  replicas: 2" in differing.desired) == (True, True)
    assert "spec.replicas" in differing.reason


def test_a_manifest_with_seals_is_not_compared() -> None:
    value = "ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]"
    found = recorded(secret("s", {"password": seal_of(value)}), Sealed("1" * 40, "s.yaml", b""))
    compared = compare_copy(found, applied(recorded(secret("s", {"password": "not-for-eyes"}))), {})
    assert compared == CopyDiff(compared.reason)
    assert "encrypted in Git" in compared.reason


def test_what_is_being_deleted_is_told_and_not_compared() -> None:
    found = recorded(workload("web"))
    going = with_value(applied(found), ("metadata", "deletionTimestamp"), "2026-11-30T09:41:00Z")
    compared = compare_copy(found, going, {})
    assert ("being deleted" in compared.reason, compared.live, compared.is_as_desired) == (True, (), False)
