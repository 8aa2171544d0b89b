"""On a real API server: the fields that others manage, and since when."""

from __future__ import annotations

import re

import pytest

from tests.support.fleet import config, policy, selector
from tests.support.servers import ServerWorld

pytestmark = pytest.mark.members("m1")


def test_fields_of_others_are_listed_with_their_manager(world: ServerWorld) -> None:
    world.commit({"c.yaml": config("c", a="1"), "p.yaml": policy("c", selector("ConfigMap"), "m1")})
    assert world.sync().code == 0
    alone = world.run("blame", "cm/c", "--cluster", "m1", "--live")
    assert (alone.code, alone.err) == (0, "Nobody else manages a field of it on m1.\n"), alone
    world.edit("m1", "configmaps", "c", {"data": {"theirs": "x"}, "metadata": {"annotations": {"note": "y"}}})
    ran = world.run("blame", "cm/c", "--cluster", "m1", "--live")
    assert ran.code == 0, ran.err
    foreign = ran.out.partition("\n\n")[2].splitlines()
    assert foreign[0].split() == ["MANAGER", "OPERATION", "SINCE", "FIELD"]
    rows = [re.split(r" {3,}", line) for line in foreign[1:]]
    assert [(row[0], row[1], row[3]) for row in rows] == [
        ("kubectl-edit", "Update", "data.theirs"),
        ("kubectl-edit", "Update", "metadata.annotations.note"),
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row[2]) for row in rows)
    document = world.run("blame", "cm/c", "--cluster", "m1", "--live", "-o", "json").json
    assert [one["path"] for one in document["foreign"]] == ["data.theirs", "metadata.annotations.note"]
