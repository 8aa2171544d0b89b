"""Every command that makes manifests expands Charts with the helm that it is given, and says so where it cannot."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from reconciler.cli.main import COMMANDS, app
from tests.parts.build import binary
from tests.support.fleet import World, cluster, copy_of, document, policy, selector
from tests.support.program import Ran, run_here
from tests.support.sized_charts import small

OURS = "reconciler.dev/v1alpha1"
WEB = "Deployment.apps shop/web"


def chart(color: str) -> str:
    return document("Chart", "web", api=OURS, spec={"chart": {"path": "charts/small"}, "values": {"ui": {"color": color}}})


def member(name: str, *, mode: str = "Push", **annotations: str) -> str:
    parsed = json.loads(cluster(name))
    parsed["spec"]["syncMode"] = mode
    parsed["metadata"]["annotations"] = {f"reconciler.dev/{key}": value for key, value in annotations.items()}
    return json.dumps(parsed)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A chart on two members: one is written to, and hydrated; the other gets exports."""
    files = {
        "clusters/near.yaml": member("near", hydrate="manifests"),
        "clusters/site7.yaml": member("site7", mode="Pull"),
        "namespace.yaml": document("Namespace", "shop", ""),
        **small(),
        "web.yaml": chart("red"),
        "policy.yaml": policy("web", selector("Chart", api=OURS)),
    }
    world = World(tmp_path_factory.mktemp("expanding"), files)
    assert "ProgramMissing" not in world.sync("--no-wait", "--helm", str(binary("helm4"))).err
    world.commit({"web.yaml": chart("blue")})
    return world


def shows(pattern: str) -> Callable[[Ran], bool]:
    return lambda ran: re.search(pattern, ran.out + ran.err) is not None


def lacks(pattern: str) -> Callable[[Ran], bool]:
    return lambda ran: not shows(pattern)(ran)


CASES: dict[str, tuple[list[str], Callable[[Ran], bool]]] = {
    "validate": ([], lacks("ProgramMissing")),
    "render": ([], shows("UI_COLOR")),
    "diff": (["HEAD~1"], shows(re.escape(WEB))),
    "sync": (["--dry-run", "--no-wait"], lacks("ProgramMissing")),
    "explain": (["deploy/web", "-n", "shop"], shows(re.escape(WEB))),
    "simulate": (["--lose", "near"], shows("4 objects lose their copy")),
    "hydrate": (["--dry-run"], shows(r"\b5 files written")),
    "export": (["--member", "site7", "--to", "FOLDER/site7.bundle"], shows(r"site7\.bundle: 4 objects")),
    "drain": (["near", "--dry-run"], shows("4 objects move")),
    "rebalance": (["deploy/web", "-n", "shop", "--dry-run"], lacks("no template")),
    "init": (["--from-existing", "FOLDER/config"], lacks(r"[1-9]\d* error")),
}
"""By command: its arguments, and how it is seen that it expanded the chart. FOLDER is that of the world."""


@pytest.mark.parametrize("command", CASES)
def test_a_command_expands_with_the_helm_that_is_named(
    world: World, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_HELM", str(tmp_path / "there-is-none"))
    arguments, is_expanded = CASES[command]
    for helm in ([], ["--helm", str(binary("helm4"))]):
        own = copy_of(world.folder, tmp_path / ("named" if helm else "none"))
        words = [word.replace("FOLDER", str(own)) for word in arguments]
        place = [] if command == "init" else ["--repo", str(own / "config")]
        ran = run_here(command, *words, *place, *helm)
        assert is_expanded(ran) is bool(helm), (ran.code, ran.out, ran.err)
        if command == "export":
            assert ran.code == (0 if helm else 1)


def test_these_are_all_commands_with_the_option() -> None:
    """Besides those that go on until they are stopped."""
    group = typer.main.get_command(app)
    found = {
        name
        for name in COMMANDS
        for parameter in getattr(group.get_command(None, name), "params", ())  # type: ignore[attr-defined]
        if "--helm" in parameter.opts
    }
    assert found == {*CASES, "run", "agent", "dashboard", "mcp"}
