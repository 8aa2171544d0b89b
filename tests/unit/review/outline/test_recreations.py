"""A change of a field that may not change is told as what becomes of it: a recreation, or a refusal."""

from __future__ import annotations

import pytest

from reconciler.present.diff import summary
from reconciler.present.outline import effect
from reconciler.present.outline_document import outline_document
from reconciler.review.outline.entries import Recreation
from tests.support.shop import SHOP, on_servers, text, workload
from tests.unit.review.outline.test_outline import differences, entries, lines

AGREED = 'name: web, namespace: shop, annotations: {reconciler.dev/recreate: "true"}'
SELECTOR = workload("web", 4).replace("{app: web}}", "{app: web, tier: a}}")


def found(head: dict[str, str], base: dict[str, str] | None = None) -> list[Recreation]:
    base = on_servers(SHOP if base is None else base)
    return [entry for entry in entries({**base, **head}, base) if isinstance(entry, Recreation)]


def told(head: dict[str, str], base: dict[str, str] | None = None) -> list[str]:
    return [entry["text"] for entry in outline_document(found(head, base), members=3)]


def test_without_the_annotation_an_api_server_refuses_the_whole_change() -> None:
    head = {"web/deployment.yaml": SELECTOR}
    assert told(head) == [
        "refuse Deployment.apps shop/web on m1, m2 (web/deployment.yaml:1): an API server does not let spec.selector change, "
        "so nothing of it is written"
    ]
    (entry,) = found(head)
    assert effect(entry) == "refuse"
    assert "Or set the annotation reconciler.dev/recreate: allowed in its template" in entry.remedy
    assert "--cascade=orphan" in entry.remedy
    assert entry.remedy.startswith("Put the old value back in Git. Or delete the object in the member; the next pass")


def test_what_is_refused_is_told_once_and_does_not_count_as_a_change() -> None:
    """The API server takes no field of it, so nothing is scaled, and no other field changes."""
    base = on_servers(SHOP)
    head = {**base, "web/deployment.yaml": SELECTOR.replace("replicas: 4", "replicas: 6")}
    assert [line.split()[0] for line in lines(head, base)] == ["refuse"]
    assert summary(differences(head, base)) == "2 refused on 2 clusters"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (SELECTOR, ["refuse … on m1", "change … on m2"]),
        (SELECTOR.replace("name: web, namespace: shop", AGREED), ["recreate … on m1", "change … on m1, m2"]),
    ],
    ids=["refused", "recreated"],
)
def test_a_folder_takes_every_change(changed: str, told: list[str]) -> None:
    """m1 has an API server, and m2 is a folder."""
    mixed = {**SHOP, "clusters/m1.yaml": on_servers(SHOP)["clusters/m1.yaml"]}
    headings = [line for line in lines({**mixed, "web/deployment.yaml": changed}, mixed) if line[0] not in "@+-"]
    assert [line.partition(":")[0].replace("Deployment.apps shop/web", "…") for line in headings] == told
    assert {line.split()[0] for line in lines({**SHOP, "web/deployment.yaml": changed}) if line[0] not in "@+-"} == {"change"}


def test_with_the_annotation_the_objects_are_deleted_and_created_again() -> None:
    head = {"web/deployment.yaml": SELECTOR.replace("name: web, namespace: shop", AGREED)}
    assert told(head) == [
        "recreate Deployment.apps shop/web on m1, m2 (web/deployment.yaml:1): spec.selector may not change",
    ]
    assert effect(found(head)[0]) == "recreate"


def test_the_annotation_has_no_effect_where_objects_hold_data() -> None:
    claim = text("""
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: web, namespace: shop, annotations: {reconciler.dev/recreate: "true"}}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}}
    """)
    policy = SHOP["settings/policy.yaml"].replace("ConfigMap, name: settings", "PersistentVolumeClaim, name: web")
    base = {**SHOP, "claim.yaml": claim, "claim-policy.yaml": policy.replace("name: settings", "name: claim")}
    (entry,) = found({"claim.yaml": claim.replace("2Gi", "1Gi")}, base)
    assert entry.fields == ("spec.resources.requests.storage",)
    assert "has no effect here" in entry.remedy
    assert not found({"claim.yaml": claim.replace("2Gi", "3Gi")}, base)


def test_equal_recreations_of_several_objects_are_one() -> None:
    base = {**SHOP, "web/api.yaml": SHOP["api/deployment.yaml"], "api/policy.yaml": SHOP["web/policy.yaml"].replace("web", "api")}
    del base["api/deployment.yaml"]
    changed = {
        "web/deployment.yaml": SELECTOR,
        "web/api.yaml": base["web/api.yaml"].replace("{app: api}}", "{app: api, tier: a}}"),
    }
    (entry,) = found(changed, base)
    assert [key.name for key in entry.objects] == ["api", "web"]


def test_a_rule_of_an_override_policy_is_named_as_the_place() -> None:
    override = text("""
        apiVersion: policy.karmada.io/v1alpha1
        kind: OverridePolicy
        metadata: {name: one, namespace: shop}
        spec:
          resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: web}]
          overrideRules:
            - targetCluster: {clusterNames: [m2]}
              overriders:
                plaintext:
                  - {path: /spec/selector/matchLabels/tier, operator: add, value: a}
                  - {path: /spec/template/metadata/labels/tier, operator: add, value: a}
    """)
    (entry,) = found({"web/override.yaml": override})
    assert entry.clusters == ("m2",)
    assert [str(origin) for origin in entry.origins] == ["web/override.yaml:7"]
