"""A fleet that was synced, and what is to be true whatever then becomes of its repository."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from pathlib import Path

from tests.support.fleet import World, config, contents, copy_of, fleet, placed, policy, selector
from tests.support.program import Ran, run_all

WEB, POLICY, MEMBER = "apps/web/workload.yaml", "apps/web/policy.yaml", "clusters/m1.yaml"
FILES = {
    **fleet("m1", "m2"),
    **placed("web", "m1"),
    **placed("api", "m1", "m2"),
    "apps/settings/config.yaml": config("settings", key="value"),
    "apps/settings/policy.yaml": policy("settings", selector("ConfigMap", "settings"), "m2"),
}
DONE, NO, CANNOT = 0, 1, 3
MEMORY = 1 << 30
"""Bytes of address space: three times what a run on a small repository asks for, most of it for libraries."""
CRASH = "this is a mistake in the program"


class Fleet(World):
    """`held`: what the members held, byte for byte, when all was well."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, FILES)
        self.good = self.repo.git("rev-parse", "HEAD")
        assert self.sync().code == DONE
        self.held = contents(self.members)
        assert len(self.held) == 2 + 3 + 1

    def copied(self, folder: Path) -> Fleet:
        """This fleet as it is now, somewhere else."""
        other = copy(self)
        other.folder, other.repo = copy_of(self.folder, folder), copy(self.repo)
        other.repo.path, other.members = folder / "config", folder / "config.members"
        return other

    def unharmed(self) -> bool:
        return contents(self.members) == self.held

    def runs(self) -> list[Ran]:
        """`validate`, `diff` from the good revision, and `sync`: each in this process."""
        return [self.run(verb, *rest) for verb, *rest in self._commands()]

    def runs_within(self, memory: int = MEMORY) -> list[Ran]:
        """The same in a process that may use this much memory."""
        return self.within(*self._commands(), memory=memory)

    def within(self, *commands: Sequence[str], memory: int) -> list[Ran]:
        return run_all([[*command, "--repo", str(self.repo.path)] for command in commands], memory=memory)

    def _commands(self) -> Sequence[Sequence[str]]:
        return (["validate"], ["diff", self.good], ["sync"])

    def assert_refused(self, ran: Sequence[Ran], place: str, reason: str) -> None:
        """Every command says no and why, `diff` cannot judge it and sees nothing go, and the members are as they were. Mended,
        all goes on."""
        for one, code in zip(ran, (NO, CANNOT, NO), strict=True):
            assert one.code == code, one
            assert remedy_of(one, place, reason)
        *kept, summary = ran[1].out.splitlines()
        assert all(line.startswith("keep ") for line in kept), ran[1].out
        assert summary.startswith("No differences, " if kept else "No differences."), summary
        assert self.unharmed()
        self.repo.git("reset", "--quiet", "--hard", self.good)
        mended = self.sync()
        assert (mended.code, self.unharmed()) == (DONE, True), mended

    def assert_impossible(self, ran: Ran, *words: str) -> None:
        """Nothing was done; why, and what to do, in two lines on stderr."""
        assert (ran.code, ran.out) == (CANNOT, ""), ran
        first, second = ran.err.splitlines()
        assert first.startswith("Error: ")
        assert second.startswith("  ")
        assert all(word in ran.err for word in words), ran.err
        assert self.unharmed()


def remedy_of(ran: Ran, place: str, reason: str) -> str:
    """What stands below the complaint about a place."""
    assert CRASH not in ran.err
    lines = ran.err.splitlines()
    (found,) = [
        number for number, line in enumerate(lines) if line.startswith(f"{place}: error: ") and line.endswith(f"[{reason}]")
    ]
    assert lines[found + 1].startswith("    "), lines[found]
    return lines[found + 1].strip()
