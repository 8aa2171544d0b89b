"""Where an object's file is."""

from __future__ import annotations

import pytest

from reconciler.model.file_names import path_of
from reconciler.model.keys import ResourceKey


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (ResourceKey("apps", "Deployment", "shop", "web"), "shop/Deployment.apps/web"),
        (ResourceKey("", "Namespace", "", "shop"), "_cluster/Namespace/shop"),
        (ResourceKey("g.io", "ClusterRole", "", "system:a/b%"), "_cluster/ClusterRole.g.io/system:a%2Fb%25"),
        (ResourceKey("", "ConfigMap", "shop", ".."), "shop/ConfigMap/%2E."),
    ],
)  # fmt: skip
def test_a_place_can_be_read_and_stays_inside(key: ResourceKey, path: str) -> None:
    assert path_of(key) == path


def test_no_part_is_too_long_for_a_file_system_and_no_two_objects_share_a_place() -> None:
    long = ["a" * 253, "a" * 252 + "b", "a" * 241, "a" * 240, "ü" * 253, "a" * 206]
    places = [path_of(ResourceKey("g" * 253, "Kind", "shop", name)) for name in long]
    assert all(len(f"{part}.yaml") <= 255 for place in places for part in place.split("/"))
    assert len(set(places)) == len(long)
    assert places[3].endswith("a" * 240)
