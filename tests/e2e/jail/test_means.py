"""Which means is chosen, and the refusal where there is none.

The faults are made by seccomp filters in a process of their own, as a container's profile makes them.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from typing import Any

import pytest

from reconciler.jail.failures import JailError
from reconciler.jail.isolation import Isolation, Means
from reconciler.jail.jail import run
from reconciler.jail.probe import isolation_here, why_not
from reconciler.jail.programs import find_program
from tests.e2e.jail.harness import BWRAP, ISOLATED, LIMITS, left_behind, python
from tests.support.program import PROJECT

CALLS = {"x86_64": {"unshare": 272, "landlock": 444, "seccomp": 317}, "aarch64": {"unshare": 97, "landlock": 444, "seccomp": 277}}
SCRIPT = """
import asyncio, json, struct, sys
from pathlib import Path
from reconciler.errors import ReconcilerError
from reconciler.jail import kernel
from reconciler.jail.isolation import Isolation, Means
from reconciler.jail.jail import run
from reconciler.jail.probe import isolation_here
from tests.e2e.jail.harness import LIMITS, python
search, unsafe, numbers = sys.argv[1], sys.argv[2] == "unsafe", [int(one) for one in sys.argv[3].split(",") if one]
rules = [(0x20, 0, 0, 0)]
for number in numbers:
    rules += [(0x15, 0, 1, number), (0x06, 0, 0, 0x00050001)]
rules.append((0x06, 0, 0, 0x7FFF0000))
kernel.gain_no_privileges()
kernel.load_filter(b"".join(struct.pack("=HBBI", *one) for one in rules))

async def main():
    found = await isolation_here(search=search, unsafe=unsafe)
    result = {"means": found.means.value, "missing": list(found.missing)}
    try:
        output = await run(python("print(open('a').read())"), {"a": b"1"}, limits=LIMITS, isolation=found)
        result["output"] = output.stdout.decode()
    except ReconcilerError as error:
        result["error"] = [type(error).__name__, error.message, error.remedy]
    print(json.dumps(result))

asyncio.run(main())
"""


def found_with(*denied: str, search: str, unsafe: str = "") -> dict[str, Any]:
    numbers = ",".join(str(CALLS[platform.machine()][name]) for name in denied)
    command = [sys.executable, "-c", SCRIPT, search, unsafe, numbers]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


async def test_bubblewrap_is_chosen_where_it_is() -> None:
    assert await isolation_here() == Isolation(Means.BUBBLEWRAP, BWRAP)


def test_without_it_namespaces_are_made_here() -> None:
    found = found_with(search="/nowhere")
    assert found == {"means": "namespaces", "missing": ["bubblewrap: bwrap is not in PATH"], "output": "1\n"}


def test_under_the_profile_of_a_pod_it_is_landlock() -> None:
    found = found_with("unshare", search="/nowhere")
    assert found["means"] == "landlock"
    assert found["output"] == "1\n"
    assert "namespaces: python could not be started with namespaces: PermissionError" in found["missing"][1]


@pytest.mark.parametrize("denied", [("unshare", "landlock")])
def test_without_any_means_it_is_refused(denied: tuple[str, ...]) -> None:
    found = found_with(*denied, search="/nowhere")
    assert found["means"] == "none"
    kind, message, remedy = found["error"]
    assert kind == "JailError"
    assert message.startswith(
        "python is not run, because it cannot be isolated here: bubblewrap: bwrap is not in PATH; namespaces: "
    )
    assert "landlock: python could not be started with landlock: PermissionError" in message
    assert "--unsafe-render" in remedy
    assert "output" not in found


def test_it_runs_without_isolation_if_the_user_says_so() -> None:
    found = found_with("unshare", "landlock", search="/nowhere", unsafe="unsafe")
    assert (found["means"], found["output"]) == ("none", "1\n")


def test_unsafe_does_not_choose_less_than_there_is() -> None:
    assert found_with(search="/nowhere", unsafe="unsafe")["means"] == "namespaces"


@pytest.mark.parametrize("means", ISOLATED)
async def test_a_means_that_does_not_isolate_is_found_out(means: Means) -> None:
    assert await why_not(Isolation(means, BWRAP)) == ""
    assert "files outside can be read" in await why_not(Isolation(Means.NONE, unsafe=True))


async def test_bubblewrap_that_fails_is_reported(tmp_path: Any) -> None:
    false = find_program("false")
    with pytest.raises(JailError, match="python could not be started with bubblewrap: bwrap said nothing"):
        await run(python("1"), {}, limits=LIMITS, isolation=Isolation(Means.BUBBLEWRAP, false))
    assert left_behind() == []


def test_a_program_is_named_or_found(tmp_path: Any) -> None:
    with pytest.raises(JailError, match="helm is not there: PATH names no program"):
        find_program("helm", search=str(tmp_path))
    with pytest.raises(JailError, match=f"--helm={tmp_path}/x names no program"):
        find_program("helm", tmp_path / "x")
    program = tmp_path / "helm"
    program.write_text("")
    program.chmod(0o755)
    assert find_program("helm", search=str(tmp_path)) == find_program("helm", program) == program
