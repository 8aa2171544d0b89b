"""`run --shadow` beside the tool that keeps the members, until it says go."""

from __future__ import annotations

import json

from tests.support.daemon import daemon
from tests.support.servers import WRITING, ServerWorld, eventually


def assert_no_differences(world: ServerWorld, marks: int, *arguments: str) -> None:
    """No member differs in anything but the marks of this many objects, and the shadow writes neither to members nor to Git.

    arguments: further ones of `run`.
    """
    since, refs = world.audited(), world.repo.git("for-each-ref")
    shadowed = ("--repo", str(world.repo.path), "--shadow", "--shadow-window", "1s", *arguments)
    with daemon(world.folder, *shadowed, name="shadow") as shadow:
        eventually(lambda: json.loads(shadow.ask("/shadow")[1])["go"])
        report = json.loads(shadow.ask("/shadow")[1])
        assert shadow.end() == 0
    nothing = {"create": 0, "configure": 0, "prune": 0, "blocked": 0, "marks": marks}
    assert report["unread"] == {}
    assert {name: {key: one[key] for key in nothing} for name, one in report["clusters"].items()} == dict.fromkeys(
        world.planes, nothing
    )
    asked = [request for request in world.requests(since) if request.partition(" ")[0] in WRITING]
    assert asked, "dry runs are made"
    assert [request for request in asked if "dryRun=All" not in request] == []
    assert world.repo.git("for-each-ref") == refs
