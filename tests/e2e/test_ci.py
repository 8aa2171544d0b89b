"""What users copy into their CI, carried out: the action, the job for GitLab, and the hook for pre-commit, on real Git.

Not tried: the forges' own runners, and the actions of others. The workflow for Gitea meets a real Gitea in
`tests/forge/test_comments.py`.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from tests.support.ci_files import CI, action_steps, read_yaml, run_script, run_step
from tests.support.containerfile import locked_packages
from tests.support.fleet import config, fleet, policy, selector
from tests.support.gitrepo import GitRepo
from tests.support.program import PROJECT, Ran, isolated_git
from tests.support.shop import on
from tests.support.tenants import FILES
from tests.support.tenants import policy as policy_of_team
from tests.unit.notify.recorder import Recorder, recording

HOSTILE = ("pip", "venv", "json", "importlib", "sitecustomize", "reconciler/__init__")
"""Modules that Python would take from the current folder, if it were told to look there."""
COMMAND = "::set-env name=PATH::x"
STEPS = action_steps()
WIDE = FILES["platform/tenants.yaml"].replace("{matchLabels: {tier: shared}}", "{}")
TO_M3 = policy_of_team("web", on("m3"), names="web")


@pytest.fixture(scope="module", autouse=True)
def _isolated() -> Iterator[None]:
    with isolated_git():
        yield


@dataclass
class Checkout:
    """A clone of a repository at a forge, as CI makes it: the change is checked out, and `origin` has the branch it is for."""

    folder: Path
    head: str
    ran: Path
    """A file that appears if something of the repository is run."""


def checkout(folder: Path, change: Callable[[GitRepo], GitRepo]) -> Checkout:
    origin, ran = GitRepo(folder / "origin"), folder / "ran"
    files = {
        **fleet("m1", "m2"),
        "policy.yaml": policy("settings", selector("ConfigMap")),
        "a.yaml": config("settings", value="0"),
    }
    files |= {f"{name}.py": f"open({str(ran)!r}, 'w')\n" for name in HOSTILE}
    origin.write(files).commit()  # type: ignore[arg-type]
    origin.git("switch", "--quiet", "--create", "change")
    head = change(origin).commit("The change")
    origin.git("switch", "--quiet", "main")
    origin.write({"b.yaml": config("later", value="0")}).commit("Meanwhile")
    clone = folder / "clone"
    origin.git("clone", "--quiet", "--branch", "change", str(origin.path), str(clone))
    return Checkout(clone, head, ran)


def good(repo: GitRepo) -> GitRepo:
    return repo.write({"a.yaml": config("settings", value="1")})


def broken(repo: GitRepo) -> GitRepo:
    return repo.write({f"{COMMAND}.yaml": "kind: [\n"})


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """The project as a repository from which CI installs."""
    repo = GitRepo(tmp_path_factory.mktemp("source") / "reconciler")
    for name in ("reconciler", "schemas", "example-repo", "requirements", "docs/ci"):
        shutil.copytree(PROJECT / name, repo.path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "action.yml", ".pre-commit-hooks.yaml"):
        shutil.copy(PROJECT / name, repo.path)
    repo.commit("A version")
    return repo


@dataclass
class Runner:
    """A job of GitHub Actions that has installed the program by the action."""

    action: Path
    temp: Path
    facts: dict[str, str]
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, step: str, folder: Path, **environment: str) -> Ran:
        known = {"GITHUB_ACTION_PATH": str(self.action), "RUNNER_TEMP": str(self.temp), "GITHUB_ACTIONS": "true"}
        return run_step(STEPS[step], self.facts, folder, **known, **self.environment, **environment)

    @property
    def result(self) -> Path:
        return self.temp / "reconciler-diff"


@pytest.fixture(scope="module")
def installed(source: GitRepo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """RUNNER_TEMP after the step that installs: it ran in the folder of a stranger's repository, and asked no index."""
    folder = tmp_path_factory.mktemp("runner")
    hostile = checkout(folder, good)
    runner = Runner(source.path, folder, {"steps.python.outputs.python-path": sys.executable})
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(locked_packages()), "PIP_NO_COMPILE": "1"}
    done = runner.run("Install Reconciler", hostile.folder, **offline)
    assert done.code == 0, done.err
    assert not hostile.ran.exists()
    return folder


@pytest.fixture
def runner(source: GitRepo, installed: Path, tmp_path: Path) -> Runner:
    temp = tmp_path / "temp"
    temp.mkdir()
    (temp / "reconciler").symlink_to(installed / "reconciler")
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    return Runner(
        source.path,
        temp,
        {"inputs.base": "", "inputs.fail-on": "", "runner.temp": str(temp)},
        {**files, "GITHUB_BASE_REF": "main"},
    )


def outputs(runner: Runner) -> dict[str, str]:
    lines = Path(runner.environment["GITHUB_OUTPUT"]).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_the_action_checks_and_runs_nothing_of_the_repository(runner: Runner, tmp_path: Path) -> None:
    work = checkout(tmp_path, good)
    done = runner.run("Validate and diff", work.folder)
    assert done.code == 0, done.err
    assert outputs(runner) == {"code": "0", "found": "true"}
    assert not work.ran.exists()
    summary = Path(runner.environment["GITHUB_STEP_SUMMARY"]).read_text()
    assert "### 2 to change on 2 clusters" in summary
    assert "later" not in summary, "what came to main meanwhile is no change of this branch"
    assert json.loads((runner.result / "diff.json").read_text())["head"] == work.head
    assert (runner.result / "diff.html").read_text().startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in runner.result.iterdir()) == ["diff.html", "diff.json", "diff.md", "issues.json"]


def test_an_error_fails_the_job_after_it_is_shown(runner: Runner, tmp_path: Path) -> None:
    work = checkout(tmp_path, broken)
    assert runner.run("Validate and diff", work.folder).code == 0
    assert outputs(runner) == {"code": "3", "found": "true"}
    assert "1 new error" in Path(runner.environment["GITHUB_STEP_SUMMARY"]).read_text()
    runner.facts["steps.check.outputs.code"] = outputs(runner)["code"]
    assert runner.run("Fail where the check failed", work.folder).code == 3


def test_no_text_of_the_change_is_a_command_to_the_runner(runner: Runner, tmp_path: Path) -> None:
    work = checkout(tmp_path, broken)
    done = runner.run("Validate and diff", work.folder)
    for printed in (done.out.splitlines(), [*done.out.splitlines()[:1], *done.err.splitlines(), *done.out.splitlines()[-1:]]):
        word = printed[0].removeprefix("::stop-commands::")
        assert len(word) == 32
        assert printed[-1] == f"::{word}::"
    assert any(line.startswith(COMMAND) for line in (done.out + done.err).splitlines()), "else nothing is shown by this test"


def test_without_a_common_commit_the_action_says_what_to_do(runner: Runner, tmp_path: Path) -> None:
    work = checkout(tmp_path, good)
    runner.facts["inputs.base"] = "origin/nowhere"
    done = runner.run("Validate and diff", work.folder)
    assert (outputs(runner), "fetch-depth: 0" in done.err) == ({"code": "3"}, True)


def test_the_tenants_of_the_target_judge_the_change(runner: Runner, tmp_path: Path) -> None:
    """Neither its own nor those of the commit at which its branch began."""
    origin = GitRepo(tmp_path / "origin")
    origin.write({**FILES, "platform/tenants.yaml": WIDE}).commit("team-a may use m3")
    origin.git("switch", "--quiet", "--create", "change")
    origin.write({"teams/a/policy.yaml": TO_M3, "platform/tenants.yaml": f"{WIDE}# Ours\n"}).commit("To m3")
    origin.git("switch", "--quiet", "main")
    assert check(runner, origin, tmp_path / "allowed") == ("0", [])
    origin.write({"platform/tenants.yaml": FILES["platform/tenants.yaml"]}).commit("team-a may not use m3 any more")
    assert check(runner, origin, tmp_path / "forbidden") == ("3", ["TenantForbids"])


def check(runner: Runner, origin: GitRepo, folder: Path) -> tuple[str, list[str]]:
    """The exit code of the check of the branch `change`, and the reasons of the errors that code scanning would get."""
    Path(runner.environment["GITHUB_OUTPUT"]).unlink(missing_ok=True)
    origin.git("clone", "--quiet", "--branch", "change", str(origin.path), str(folder))
    done = runner.run("Validate and diff", folder)
    assert done.code == 0, done.err
    issues = json.loads((runner.result / "issues.json").read_text())["issues"]
    return outputs(runner)["code"], [issue["reason"] for issue in issues if issue["severity"] == "error"]


def github(recorder: Recorder) -> dict[str, str]:
    return {"GITHUB_API_URL": recorder.url, "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "org/config"}


async def test_the_other_workflow_comments_by_the_commit_of_the_event_alone(runner: Runner, tmp_path: Path) -> None:
    work = checkout(tmp_path, good)
    runner.run("Validate and diff", work.folder)
    runner.facts |= {"github.event.workflow_run.head_sha": work.head, "inputs.token": "hush"}
    async with recording() as recorder:
        recorder.routes = {
            "GET /repos/org/config/pulls": [
                {"number": 3, "state": "open", "head": {"sha": "0" * 40}},
                {"number": 4, "state": "open", "head": {"sha": work.head}},
            ],
            "GET /repos/org/config/issues/4/comments": [],
            "POST /repos/org/config/issues/4/comments": {"id": 70},
        }
        step = "Comment the result of the other workflow"
        done = await asyncio.to_thread(runner.run, step, tmp_path, **github(recorder))
        assert (done.code, done.out) == (0, "created comment 70 on pull request 4\n"), done.err
        path, body = recorder.calls[-1]
        assert path == "POST /repos/org/config/issues/4/comments"
        assert body["body"] == (runner.result / "diff.md").read_text()
        recorder.routes["GET /repos/org/config/pulls"] = []
        done = await asyncio.to_thread(runner.run, step, tmp_path, **github(recorder))
        assert (done.code, "No comment" in done.err) == (0, True), "the branch has moved on: its own run comments"
        shutil.rmtree(runner.result)
        assert (await asyncio.to_thread(runner.run, step, tmp_path, **github(recorder))).code == 0


async def test_in_one_job_the_action_comments_while_the_pull_request_is_at_the_commit(runner: Runner, tmp_path: Path) -> None:
    work = checkout(tmp_path, good)
    runner.run("Validate and diff", work.folder)
    pull, head = "github.event.pull_request.number", "github.event.pull_request.head.sha"
    runner.facts |= {pull: "4", head: work.head, "inputs.token": "hush"}
    async with recording() as recorder:
        recorder.routes = {
            "GET /repos/org/config/pulls/4": {"number": 4, "state": "open", "head": {"sha": work.head}},
            "GET /repos/org/config/issues/4/comments": [],
            "POST /repos/org/config/issues/4/comments": {"id": 70},
        }
        done = await asyncio.to_thread(runner.run, "Comment", work.folder, **github(recorder))
    assert (done.code, done.out, work.ran.exists()) == (0, "created comment 70 on pull request 4\n", False), done.err


SARIFS = "POST /repos/org/config/code-scanning/sarifs"


async def test_the_other_workflow_sends_issues_for_the_pull_request_of_the_commit(runner: Runner, tmp_path: Path) -> None:
    work = checkout(tmp_path, broken)
    runner.run("Validate and diff", work.folder)
    runner.facts |= {"github.event.workflow_run.head_sha": work.head, "inputs.token": "hush"}
    step = "Send the result of the other workflow to code scanning"
    async with recording() as recorder:
        recorder.routes = {
            "GET /repos/org/config/pulls": [{"number": 4, "state": "open", "head": {"sha": work.head}}],
            SARIFS: {"id": "47177e22"},
        }
        done = await asyncio.to_thread(runner.run, step, tmp_path, **github(recorder))
        assert (done.code, done.out) == (0, "sent 1 issue to code scanning for refs/pull/4/head\n"), done.err
        body = recorder.calls[-1][1]
        assert (body["ref"], body["commit_sha"]) == ("refs/pull/4/head", work.head)
        (run,) = json.loads(gzip.decompress(base64.b64decode(body["sarif"])))["runs"]
        assert (run["tool"]["driver"]["name"], run["results"][0]["ruleId"]) == ("reconciler", "Syntax")
        recorder.routes["GET /repos/org/config/pulls"] = []
        done = await asyncio.to_thread(runner.run, step, tmp_path, **github(recorder))
        assert (done.code, "Nothing sent" in done.err) == (0, True)
        (runner.result / "issues.json").write_text(json.dumps({"issues": [{"tool": {"driver": {"name": "CodeQL"}}}]}))
        assert (await asyncio.to_thread(runner.run, step, tmp_path, **github(recorder))).code == 3
        assert [call for call, _ in recorder.calls].count(SARIFS) == 1


@pytest.mark.parametrize("event", ["a pull request", "a push"])
async def test_in_one_job_the_action_sends_issues(runner: Runner, tmp_path: Path, event: str) -> None:
    work = checkout(tmp_path, good)
    runner.run("Validate and diff", work.folder)
    pull, head = ("4", work.head) if event == "a pull request" else ("", "")
    facts = {"github.event.pull_request.number": pull, "github.event.pull_request.head.sha": head, "inputs.token": "hush"}
    runner.facts |= facts
    pushed = {"GITHUB_SHA": work.head, "GITHUB_REF": "refs/heads/main"}
    async with recording() as recorder:
        recorder.routes = {
            "GET /repos/org/config/pulls/4": {"number": 4, "state": "open", "head": {"sha": work.head}},
            SARIFS: {"id": "47177e22"},
        }
        done = await asyncio.to_thread(runner.run, "Send to code scanning", work.folder, **github(recorder), **pushed)
    assert (done.code, work.ran.exists()) == (0, False), done.err
    call, body = recorder.calls[-1]
    assert (call, body["commit_sha"]) == (SARIFS, work.head)
    assert body["ref"] == ("refs/pull/4/head" if pull else "refs/heads/main")


async def test_the_job_for_gitlab(source: GitRepo, installed: Path, tmp_path: Path) -> None:
    job = read_yaml(CI / "gitlab.yaml")["reconciler"]
    work, folder = checkout(tmp_path, good), tmp_path / "reconciler"
    clone, detach, install, export = job["before_script"]
    assert install == 'sh "$RECONCILER_FOLDER/source/docs/ci/install.sh" "$RECONCILER_FOLDER"', (
        "as the action, which is tried above"
    )
    shutil.copytree(installed / "reconciler", folder, symlinks=True)
    variables = {
        **job["variables"],
        "RECONCILER_SOURCE": str(source.path),
        "RECONCILER_COMMIT": source.git("rev-parse", "HEAD"),
        "RECONCILER_FOLDER": str(folder),
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.example.com/org/config",
    }
    script = "\n".join([clone, detach, export, *job["script"]])
    again = "\n".join([export, *(line for line in job["script"] if "check.sh" not in line)])
    notes = "/projects/org%2Fconfig/merge_requests/7/notes"
    async with recording() as recorder:
        recorder.routes = {f"GET {notes}": [], f"POST {notes}": {"id": 9}}
        variables["CI_API_V4_URL"] = recorder.url
        done = await asyncio.to_thread(run_script, script, work.folder, **variables, RECONCILER_FORGE_TOKEN="hush")
        assert (done.code, "created comment 9 on pull request 7" in done.out, work.ran.exists()) == (0, True, False), done.err
        recorder.calls, calls = [], recorder.calls
        done = await asyncio.to_thread(run_script, again, work.folder, **variables)
        assert (done.code, recorder.calls) == (0, []), "without a token there is no comment"
    assert "2 to change on 2 clusters" in calls[-1][1]["body"]
    assert (work.folder / "reconciler-diff/diff.html").exists()


@pytest.mark.parametrize("link", ["reconciler-diff", "reconciler-diff/diff.json", "reconciler-diff/messages"])
def test_nothing_is_written_through_links_of_the_change(installed: Path, tmp_path: Path, link: str) -> None:
    """They could lead to the program itself, which then runs with the token."""
    target = tmp_path / "elsewhere"
    target.mkdir() if link == "reconciler-diff" else target.write_text("as before")

    def linked(repo: GitRepo) -> GitRepo:
        (repo.path / link).parent.mkdir(exist_ok=True)
        (repo.path / link).symlink_to(target)
        return good(repo)

    work = checkout(tmp_path, linked)
    command = f'sh "{CI / "check.sh"}" origin/main reconciler-diff'
    done = run_script(command, work.folder, RECONCILER=str(installed / "reconciler/bin/reconciler"))
    assert (done.code, "Remove reconciler-diff, or name another one." in done.err) == (3, True)
    assert list(target.iterdir()) == [] if target.is_dir() else target.read_text() == "as before"


def test_the_workflow_for_gitea_installs_as_the_action_does(source: GitRepo, tmp_path: Path) -> None:
    """Its other steps meet a real Gitea in `tests/forge/test_comments.py`."""
    steps = {step.get("name"): step for step in read_yaml(CI / "gitea.yaml")["jobs"]["diff"]["steps"]}
    clone, detach, install = steps["Install"]["run"].splitlines()
    version = {"RECONCILER_SOURCE": str(source.path), "RECONCILER_COMMIT": source.git("rev-parse", "HEAD")}
    done = run_script(f"{clone}\n{detach}", tmp_path, RUNNER_TEMP=str(tmp_path), **version)
    assert done.code == 0, done.err
    script = tmp_path / "reconciler-source/docs/ci/install.sh"
    assert install == f'sh "{script}" "{tmp_path / "reconciler"}"'.replace(str(tmp_path), "$RUNNER_TEMP")
    assert script.is_file()


def test_the_hook_for_pre_commit_judges_the_work_tree(installed: Path, tmp_path: Path) -> None:
    hook, form = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())
    for one in (hook, form):
        assert one.keys() >= {"id", "name", "entry", "language"}
        assert (one["language"], one["pass_filenames"]) == ("python", False)
    path = f"{installed / 'reconciler/bin'}:{os.environ['PATH']}"
    work = checkout(tmp_path, good)
    assert run_script(hook["entry"], work.folder, PATH=path).code == 0
    assert run_script(form["entry"], work.folder, PATH=path).code == 0
    (work.folder / "a.yaml").write_text("kind: [\n")
    refused = run_script(hook["entry"], work.folder, PATH=path)
    assert (refused.code, "a.yaml:" in refused.out + refused.err, work.ran.exists()) == (1, True, False)
