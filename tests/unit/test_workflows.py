"""What runs on the forge: third-party code is pinned by its content, and every job has the rights that it needs and no more."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.y*ml"))
ACTION = ROOT / "action.yml"
EXAMPLES = [
    ROOT / "docs/ci" / name for name in ("gitea.yaml", "github-check.yaml", "github-comment.yaml", "github-code-scanning.yaml")
]
"""Workflows that users copy."""

USES = re.compile(r"^\s*(?:- )?uses:\s*(.*)$", re.MULTILINE)
PINNED = re.compile(r"^(?:https://github\.com/)?[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
OURS = "ORGANISATION/reconciler@COMMIT"
"""What users replace in the examples."""

WRITES = {
    ("release.yaml", "build", "id-token"),
    ("release.yaml", "build", "attestations"),
    ("release.yaml", "publish", "id-token"),
    ("github-comment.yaml", "comment", "pull-requests"),
    ("github-code-scanning.yaml", "branch", "security-events"),
    ("github-code-scanning.yaml", "pull-request", "security-events"),
}
"""(workflow, job, permission) of every right to write. A new one needs its reason in review."""


def read(path: Path) -> dict[str, Any]:
    document = yaml.safe_load(path.read_text())
    assert isinstance(document, dict)
    return document


def test_the_workflows_are_found() -> None:
    assert [path.name for path in WORKFLOWS] == ["audit.yaml", "ci.yaml", "release.yaml"]


def steps_of(path: Path) -> list[dict[str, Any]]:
    """Of all jobs, or of the action."""
    document = read(path)
    jobs = [document["runs"]] if path == ACTION else document["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES, ACTION], ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit_and_names_its_version(path: Path) -> None:
    """A tag can be moved to other code; a commit id cannot."""
    lines = [line.strip() for line in USES.findall(path.read_text())]
    steps = [step["uses"] for step in steps_of(path) if "uses" in step]
    assert len(lines) == len(steps) > 0, "a `uses:` that is written in another way is not checked"
    assert [line for line in lines if not (PINNED.match(line) or (path in EXAMPLES and line == OURS))] == []


def test_one_action_is_one_version() -> None:
    versions: dict[str, set[str]] = {}
    for path in [*WORKFLOWS, *EXAMPLES, ACTION]:
        for line in USES.findall(path.read_text()):
            action, _, version = line.strip().removeprefix("https://github.com/").partition("@")
            versions.setdefault(action, set()).add(version)
    assert [action for action, pins in versions.items() if len(pins) > 1] == []


@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=lambda path: path.name)
def test_permissions_are_set_and_are_the_least(path: Path) -> None:
    workflow = read(path)
    assert workflow.get("permissions") in ({}, {"contents": "read"})
    rights = {(name, key): right for name, job in workflow["jobs"].items() for key, right in job.get("permissions", {}).items()}
    assert set(rights.values()) <= {"read", "write"}
    writes = {(path.name, job, key) for (job, key), right in rights.items() if right == "write"}
    assert writes == {entry for entry in WRITES if entry[0] == path.name}


@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=lambda path: path.name)
def test_no_job_runs_without_end_or_keeps_the_token(path: Path) -> None:
    for name, job in read(path)["jobs"].items():
        assert job["timeout-minutes"] <= 60, name
        for step in job["steps"]:
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nobody_outside_can_start_a_job_with_rights_or_put_text_into_a_script(path: Path) -> None:
    """`pull_request_target` runs with the base's rights; `${{ … }}` in a script is replaced before the shell reads it."""
    workflow = read(path)
    events = workflow[True]  # YAML reads the key `on` as a boolean
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(events)
    for job in workflow["jobs"].values():
        assert [step["run"] for step in job["steps"] if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("path", [*EXAMPLES, ACTION], ids=lambda path: path.name)
def test_what_a_pull_request_decides_reaches_a_shell_only_as_a_variable(path: Path) -> None:
    for step in steps_of(path):
        assert "${{" not in step.get("run", "")
        assert "eval" not in step.get("run", "")
        if path == ACTION and "run" in step:
            assert step["shell"] == "bash"


def test_the_job_that_sees_the_change_has_no_right_to_write_and_the_one_that_writes_sees_no_change() -> None:
    """`workflow_run` runs what is on the default branch, for forks, too, with rights: so it checks nothing out."""
    check, comment, scanning = (read(path) for path in EXAMPLES[1:])
    assert (check[True], check["permissions"]) == ("pull_request", {"contents": "read"})
    assert (list(comment[True]), list(scanning[True])) == (["workflow_run"], ["push", "workflow_run"])
    for writing in (comment, scanning):
        assert writing[True]["workflow_run"]["workflows"] == [check["name"]]
    assert (scanning[True]["push"], scanning["jobs"].pop("branch")["if"]) == (
        {"branches": ["main"]},
        "github.event_name == 'push'",
    )
    for (job,) in (comment["jobs"].values(), scanning["jobs"].values()):
        assert job["if"] == "github.event.workflow_run.event == 'pull_request'"
        assert [step["uses"] for step in job["steps"]] == [OURS]


def test_the_steps_of_the_action_that_have_the_token_see_data_only() -> None:
    """They run in no folder of the repository, and read one file."""
    holding = [step for step in steps_of(ACTION) if "inputs.token" in str(step)]
    assert [step["name"] for step in holding] == [
        "Comment",
        "Send to code scanning",
        "Download the result of the other workflow",
        "Comment the result of the other workflow",
        "Send the result of the other workflow to code scanning",
    ]
    own_branches = "github.event.pull_request.head.repo.full_name == github.repository"
    for step in holding:
        assert own_branches in step["if"] or "github.event_name == 'workflow_run'" in step["if"], (
            "a fork's job has no right to write"
        )
    for step in holding:
        assert "working-directory" not in step
        assert "checkout" not in str(step)
    foreign = [name for step in steps_of(ACTION) for name in re.findall(r"\$\{\{\s*(github\.event[\w.]*)", str(step))]
    assert set(foreign) == {
        "github.event.pull_request.number",
        "github.event.pull_request.head.sha",
        "github.event.workflow_run.id",
        "github.event.workflow_run.head_sha",
    }, "numbers and commit ids: none of them is a text that somebody chose"


def test_the_documentation_shows_the_same_workflows() -> None:
    page = (ROOT / "docs/how-to/pull-requests.md").read_text()
    shown = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)]
    assert shown[:3] == [read(path) for path in EXAMPLES[1:]]
    hooks = [one["id"] for repository in shown[3]["repos"] for one in repository["hooks"]]
    assert hooks == [one["id"] for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())]
    inputs = re.findall(r"^\| `([\w-]+)` \|.*\|$", page.partition("Input of the action")[2].partition("##")[0], re.MULTILINE)
    assert sorted([*inputs, "token"]) == sorted(read(ACTION)["inputs"])


def test_every_input_of_the_action_is_described_and_used() -> None:
    action = read(ACTION)
    text = ACTION.read_text().partition("\nruns:")[2]
    assert [name for name, one in action["inputs"].items() if not one["description"] or f"inputs.{name}" not in text] == []
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(action["inputs"])


JOBS_WITH_TESTS = {
    (path.name, name): job["steps"]
    for path in WORKFLOWS
    for name, job in read(path)["jobs"].items()
    if any(step.get("run") == ".ci/run" for step in job["steps"])
}


def test_the_jobs_that_test_are_found() -> None:
    assert set(JOBS_WITH_TESTS) == {("ci.yaml", "test"), ("release.yaml", "test")}


@pytest.mark.parametrize("steps", JOBS_WITH_TESTS.values(), ids=map(str, JOBS_WITH_TESTS))
def test_built_programs_are_kept_although_a_test_fails(steps: list[dict[str, Any]]) -> None:
    """They take twenty minutes; `actions/cache` itself keeps them after a green run only. A cache cannot be changed, so its key
    names what is in it: a run that was stopped half way does not leave the others with half of the programs."""
    uses = [step.get("uses", step.get("run", "")).partition("@")[0] for step in steps]
    assert "actions/cache" not in uses
    restore, test, listed, save = steps[-4:]
    assert uses[-4:-2] == ["actions/cache/restore", ".ci/run"]
    assert uses[-1] == "actions/cache/save"
    assert test.get("if") is None
    assert listed["if"] == "always()"
    assert save["if"].startswith("always() && ")
    assert (restore["id"], listed["id"]) == ("parts", "built")
    assert save["with"]["path"] == restore["with"]["path"] == "~/.cache/reconciler"
    assert save["with"]["key"] == restore["with"]["key"] + "${{ steps.built.outputs.digest }}"
    assert restore["with"]["restore-keys"] == restore["with"]["key"]


def test_the_list_of_built_programs_changes_with_them(tmp_path: Path) -> None:
    """As the shell of a job runs it."""
    (script,) = {steps[-2]["run"] for steps in JOBS_WITH_TESTS.values()}
    parts = tmp_path / ".cache/reconciler/parts/kubernetes-1"
    digests = []
    for number, name in enumerate(["", "etcd", "kube-apiserver"]):
        if name:
            parts.mkdir(parents=True, exist_ok=True)
            (parts / name).touch()
        told = tmp_path / f"output-{number}"
        environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(told)}
        subprocess.run(["bash", "-e", "-c", script], env=environment, check=True)
        digests.append(told.read_text())
    assert len(set(digests)) == 3
    assert all(re.fullmatch(r"digest=[0-9a-f]{16}\n", text) for text in digests)


def test_make_targets_that_workflows_call_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = [command for path in WORKFLOWS for command in re.findall(r"run: make (.+)$", path.read_text(), re.MULTILINE)]
    assert commands
    assert {target for command in commands for target in command.split()} <= targets
