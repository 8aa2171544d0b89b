"""Whom an entry concerns: the Tenants of the files that say so and of the objects, and folders where no Tenant governs."""

from __future__ import annotations

import pytest

from reconciler.review.diff import diff_compiled, with_causes
from reconciler.review.outline.copies import Revisions
from reconciler.review.outline.outline import outline
from reconciler.review.outline.teams import teams_of
from reconciler.review.places import of_object
from tests.support.in_memory_fleet import Files, compile_files
from tests.support.shop import on
from tests.support.tenants import FILES, config_map, deployment, policy

SHARED = {**FILES, "teams/a/policy.yaml": "", "platform/web.yaml": policy("web", on("m1"), names="web")}
CONFIG = {"c.yaml": config_map("c"), "p.yaml": policy("p", on("m1"), "ConfigMap", names="c")}


def teams(base: Files, **changed: str) -> set[tuple[str, ...]]:
    head = {path: content for path, content in {**base, **changed}.items() if content}
    before, after = compile_files(base), compile_files(head)
    differences = list(with_causes(diff_compiled(before, after), before, after, of_object))
    entries = outline(differences, before, after)
    found = teams_of(entries, Revisions(before, after))
    return {found.of(entry) for entry in entries}


@pytest.mark.parametrize(
    ("base", "path", "content", "told"),
    [
        (FILES, "teams/a/web.yaml", deployment("web", replicas=3), ("team-a",)),
        (FILES, "teams/a/web.yaml", "", ("team-a",)),
        (FILES, "platform/dns.yaml", config_map("dns", value="2"), ("platform/",)),
        (SHARED, "platform/web.yaml", policy("web", on("m2"), names="web"), ("platform/", "team-a")),
        ({**FILES, **CONFIG}, "c.yaml", config_map("c", value="2"), ("./",)),
    ],
    ids=["changed by the team", "removed by the team", "of the platform", "moved by the platform", "at the root"],
)
def test_who_is_concerned(base: Files, path: str, content: str, told: tuple[str, ...]) -> None:
    assert teams(base, **{path: content}) == {told}
