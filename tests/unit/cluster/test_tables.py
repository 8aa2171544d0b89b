"""Which kind a word means to a server that serves these."""

from __future__ import annotations

import pytest

from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.listing import Selection
from reconciler.cluster.tables import resources_for
from reconciler.model.keys import GroupVersionKind


def resource(group: str, version: str, kind: str, *short: str, plural: str = "", categories: tuple[str, ...] = ()) -> Resource:
    gvk = GroupVersionKind(group, version, kind)
    return Resource(gvk, plural or f"{kind.lower()}s", True, frozenset({"list"}), short, kind.lower(), categories)


KINDS = (
    resource("", "v1", "Event", "ev"),
    resource("", "v1", "Service", "svc", categories=("all",)),
    resource("apps", "v1", "Deployment", "deploy", categories=("all",)),
    resource("events.k8s.io", "v1", "Event", "ev"),
    resource("example.com", "v1", "Svc", plural="svc"),
    resource("shop.example.com", "v2", "FeatureFlag", "ff"),
    resource("shop.example.com", "v1", "FeatureFlag", "ff"),
)
PREFERRED = {(each.gvk.group, each.gvk.kind): each for each in KINDS if each.gvk.version == "v2" or "shop" not in each.gvk.group}
SERVED = Served("v1.36.3", {each.gvk: each for each in KINDS}, PREFERRED)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("deploy", "apps/v1 Deployment"), ("deployments", "apps/v1 Deployment"), ("deployment", "apps/v1 Deployment"),
        ("deploy.apps", "apps/v1 Deployment"), ("deployments.v1.apps", "apps/v1 Deployment"),
        ("events", "v1 Event"), ("ev", "v1 Event"), ("events.events.k8s.io", "events.k8s.io/v1 Event"),
        ("events.events", "events.k8s.io/v1 Event"),
        ("svc", "example.com/v1 Svc"),  # A plural counts before a short name, whatever its group.
        ("services.v1.", "v1 Service"),
        ("featureflag", "shop.example.com/v2 FeatureFlag"), ("ff.shop.example.com", "shop.example.com/v2 FeatureFlag"),
        ("featureflags.v1.shop.example.com", "shop.example.com/v1 FeatureFlag"),
        ("deployments.batch", None), ("nothing", None), ("all.apps", None),
    ],
)  # fmt: skip
def test_a_word_means(typed: str, found: str | None) -> None:
    meant = resources_for(SERVED, Selection(typed, frozenset()))
    assert [str(each.gvk) for each in meant] == ([found] if found else [])


def test_a_word_for_several_kinds() -> None:
    assert [each.gvk.kind for each in resources_for(SERVED, Selection("all", frozenset()))] == ["Service", "Deployment"]
