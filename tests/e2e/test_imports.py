"""A command imports what it needs and no more: pull requests are answered in seconds, and without a cluster's client."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.main import COMMANDS
from tests.support.fleet import World, fleet, placed
from tests.support.program import clean_environment

_WHAT_IS_LOADED = """
import json, sys
from reconciler.cli.main import main
try:
    main(json.loads(sys.argv[1]))
except SystemExit as leaving:
    assert leaving.code in (None, 0, 1), leaving.code
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
HEAVY = {
    "kubernetes",
    "apscheduler",
    "aiohttp",
    "rich",
    "jsonschema",
    "ruamel",
    "kubernetes_validate",
    "jwt",
    "cryptography",
    "opentelemetry",
    "mcp",
    "mcp_types",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("imports"), {**fleet("m1"), **placed("web", "m1")})
    world.commit(placed("web", "m1", replicas=3))
    return world


def loaded(*arguments: str) -> set[str]:
    """The packages at the top that a command leaves imported."""
    command = [sys.executable, "-c", _WHAT_IS_LOADED, json.dumps(arguments)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


@pytest.mark.parametrize(
    "command", [["validate"], ["diff", "HEAD~1"], ["render"], ["sync"], ["status"], ["get", "deploy"]], ids=lambda words: words[0]
)
def test_a_clean_repository_needs_nothing_heavy(world: World, command: list[str]) -> None:
    assert loaded(*command, "--repo", str(world.repo.path)) & HEAVY == set()


def test_a_complaint_needs_jsonschema_and_nothing_else(world: World, tmp_path: Path) -> None:
    broken = World(tmp_path, {**fleet("m1"), **placed("web", "m1", replicas="two")})  # type: ignore[arg-type]
    assert loaded("validate", "--repo", str(broken.repo.path)) & HEAVY == {"jsonschema"}


def test_an_agent_in_a_pod_loads_no_client_library() -> None:
    """It would take a fifth of its memory. Nor what prints in colours, which takes 3 MB."""
    code = "import reconciler.cli.commands.agent, reconciler.cluster.servers, json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], env=clean_environment(), capture_output=True, check=True)
    modules = json.loads(done.stdout)
    packages = {name.partition(".")[0] for name in modules}
    unused = {"kubernetes", "pydantic", "requests", "jsonschema", "ruamel", "jwt", "cryptography", "rich", "pygments"}
    assert packages & unused == set()
    assert "reconciler.daemon.webhook" not in modules


def test_help_imports_no_command() -> None:
    code = "import sys\nfrom reconciler.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print([name for name in sys.modules if name.startswith('reconciler.')], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], env=clean_environment(), capture_output=True, check=True)
    modules = eval(done.stderr)  # noqa: S307 -- a list that was printed above
    assert not [
        name for name in modules if name.startswith(("reconciler.pipeline", "reconciler.passes", "reconciler.cli.commands."))
    ]
    assert all(command in done.stdout.decode() for command in COMMANDS)
