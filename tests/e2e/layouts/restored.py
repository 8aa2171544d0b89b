"""A bundle of this folder as a repository that the program can work on."""

from __future__ import annotations

from pathlib import Path

from tests.support.fleet import World, branch_files

MEMBERS = "members"


def restore(folder: Path, bundle: str) -> World:
    """The repository with `main` checked out, without a remote; where the bundle has the members' folders, they are beside it."""
    world = World(folder)
    source = str(Path(__file__).with_name(bundle))
    world.repo.git("fetch", "--quiet", "--update-head-ok", source, "refs/heads/*:refs/heads/*")
    world.repo.git("reset", "--quiet", "--hard", "main")
    for path, content in branch_files(world.repo.path, MEMBERS).items():
        file = world.members / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return world
