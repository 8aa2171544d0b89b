"""The image, as far as a machine without a container runtime can make it: the steps of the Containerfile are carried out.

Not tried: the base image with its own Python, Debian's packages, the user, and tini. docs/how-to/in-cluster.md says so.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from reconciler import __version__
from tests.support.containerfile import CONTAINERFILE, Machine, context_files, is_ignored, labels_of, stages, value_of
from tests.support.helm import CHART
from tests.support.program import PROJECT

STAGES = stages(CONTAINERFILE.read_text())
USER = 65532


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
def root(machine: Machine) -> Path:
    """The file system of the image, without what the base has."""
    machine.carry_out("build", STAGES["build"])
    return machine.carry_out("runtime", STAGES["runtime"])


def run(root: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The program of the image, with nothing of this machine but its Python."""
    command = [root / "opt/reconciler/bin/reconciler", *arguments]
    return subprocess.run(command, cwd=cwd, env={"PATH": "", "HOME": str(cwd)}, capture_output=True, text=True, check=False)


def test_the_program_is_complete_and_comes_from_the_locks(root: Path, machine: Machine, tmp_path: Path) -> None:
    done = run(root, "version", cwd=tmp_path)
    assert (done.returncode, done.stdout.split()) == (0, ["reconciler", __version__])
    printed = run(root, "install", "--print", "--repo", "https://git.example.com/config.git", cwd=tmp_path)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert {one["kind"] for one in yaml.safe_load_all(printed.stdout)} >= {"Deployment", "NetworkPolicy"}
    (packages,) = (root / "opt/reconciler/lib").glob("python3.*/site-packages")
    versions = {re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower() for path in packages.glob("*.dist-info")}
    locked = set(re.findall(r"^([a-z0-9.-]+)==", (PROJECT / "requirements/image.txt").read_text(), re.MULTILINE))
    assert versions - locked == {"reconciler"}
    assert (packages / "reconciler/_data/example-repo/reconciler.yaml").is_file()
    assert len(machine.skipped) == 1


def test_the_bill_of_materials_is_where_its_label_says(root: Path) -> None:
    place = labels_of(STAGES["runtime"])["dev.reconciler.bill-of-materials"]
    assert (root / place.lstrip("/")).read_bytes() == (PROJECT / "requirements/image.txt").read_bytes()


def test_programs_of_the_users_are_found(root: Path, machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "helm").write_text("#!/bin/sh\necho helm\n")
    (tmp_path / "helm").chmod(0o755)
    made = machine.carry_out("with-tools", STAGES["with-tools"], {"tools": tmp_path})
    (path,) = re.findall(r"PATH=(\S+)", value_of(STAGES["runtime"], "ENV"))
    assert any(os.access(made / folder.lstrip("/") / "helm", os.X_OK) for folder in path.split(":"))


def test_it_is_what_the_chart_expects() -> None:
    runtime = STAGES["runtime"]
    assert value_of(runtime, "USER") == f"{USER}:{USER}"
    assert json.loads(value_of(runtime, "ENTRYPOINT")) == ["tini", "--", "reconciler"]
    assert f"runAsUser: {USER}" in (CHART / "templates/_helpers.tpl").read_text()
    (packages,) = [step.text for step in runtime if step.word == "RUN"]
    assert {"git", "gnupg", "openssh-client", "tini"} <= set(packages.split())
    # Without an entry in /etc/passwd, ssh ends with "No user exists for uid 65532".
    assert f"useradd --uid {USER} --gid {USER}" in packages
    assert f"VERSION={__version__}" in [step.text for step in runtime if step.word == "ARG"]


def test_pip_installs_by_hash_only_and_the_default_is_the_small_image() -> None:
    installs = [step.text for step in STAGES["build"] if step.word == "RUN" and " install " in step.text]
    assert [
        text for text in installs if "--no-deps" not in text or not ("--require-hashes" in text or "--no-index" in text)
    ] == []
    assert [step.text for step in STAGES["default"]] == ["runtime"]
    assert list(STAGES)[-1] == "default"


def test_what_builds_the_wheel_is_pinned_as_for_developers() -> None:
    pins = [
        re.findall(r"^\S+==\S+", (PROJECT / f"requirements/{lock}.txt").read_text(), re.MULTILINE) for lock in ("build", "dev")
    ]
    assert set(pins[0]) <= set(pins[1])
    assert any(pin.startswith("hatchling==") for pin in pins[0])


def test_the_context_holds_sources_only() -> None:
    kept = [name for folder in ("reconciler", "tests", ".git") for name in context_files(folder)]
    assert kept
    assert [name for name in kept if not name.startswith("reconciler/") or "__pycache__" in name] == []
    assert is_ignored("docs/README.md")
