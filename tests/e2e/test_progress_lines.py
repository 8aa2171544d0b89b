"""What commands say they do where it takes long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest

from tests.support.fleet import World, fleet, placed


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("progress"), {**fleet("m1", "m2"), **placed("web", "m1")})


@pytest.mark.parametrize(
    ("command", "doing"),
    [
        ("rebalance --all --dry-run", "simulating"),
        ("drain m1 --dry-run", "simulating"),
        ("rollback HEAD --dry-run", "reading both revisions"),
        ("update --dry-run", "asking for newer versions"),
        ("images list", "asking the registries"),
    ],
)
def test_a_command_says_what_takes_long_and_is_silent_when_it_prints(
    world: World, monkeypatch: pytest.MonkeyPatch, command: str, doing: str
) -> None:
    steps: list[str] = []

    @contextmanager
    def noted(text: str) -> Iterator[None]:
        steps.append(text)
        yield
        steps.append("over")

    words = command.split()
    module = import_module(f"reconciler.cli.commands.{words[0]}")
    monkeypatch.setattr(module, "working", noted)
    printed = module.print_lines
    monkeypatch.setattr(module, "print_lines", lambda lines: (steps.append("printed"), printed(lines)))
    ran = world.run(*words)
    assert ran.code in (0, 1), ran.err
    assert steps[:3] == [doing, "over", "printed"]
