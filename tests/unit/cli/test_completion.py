"""What may stand at a place of the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from docs import completion_table
from reconciler.cli.completion.answer import answer, answer_kubectl
from reconciler.cli.completion.values import KnownNames
from reconciler.cli.completion.words import Candidate, Line, candidates
from tests.support.fleet import World, cluster_policy, document, fleet, placed, selector

ROOT = json.loads(completion_table.TABLE.read_text())


def asked(line: str) -> list[str]:
    """The values; of those that the repository knows, the kind of value in angle brackets."""

    def values(kind: str, line: Line, incomplete: str) -> Iterable[Candidate]:
        return [Candidate(f"{incomplete}<{kind}>")]

    *words, last = line.split(" ")
    return [one.value for one in candidates(ROOT, words, last, values)]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("stat", ["status"]),
        ("get ", ["<kinds and names>"]),
        ("get po --clu", ["--cluster"]),
        ("get po --cluster ", ["<cluster>"]),
        ("get po --cluster = m", ["m<cluster>"]),
        ("get po --cluster=m", ["--cluster=m<cluster>"]),
        ("get po -n ", ["<namespace>"]),
        ("get po -o j", ["json", "jsonpath=", "jsonpath-as-json=", "jsonpath-file="]),
        ("status --output w", ["wide"]),
        ("explain ", ["<object>"]),
        ("suspend ", ["<target>"]),
        ("cordon ", ["<cluster>"]),
        ("taint ", ["<first cluster>"]),
        ("drain m1 ", []),
        ("rollout ", ["status", "pause", "resume", "approve", "promote", "abort"]),
        ("rollout approve g ", ["<rollout>"]),
        ("diff ", ["<revision>"]),
        ("run ", ["<branch>"]),
        ("validate --repo ", ["<file>"]),
        ("get po -A --no-h", ["--no-headers"]),
        ("nothing ", []),
        ("get po -nshop ", ["<kinds and names>"]),
        ("unjoin ", ["<cluster>"]),
    ],
)
def test_what_may_stand_there(line: str, found: list[str]) -> None:
    assert asked(line)[: len(found) or None] == found


def test_the_table_is_that_of_the_commands() -> None:
    """`python -m docs` writes it."""
    assert completion_table.TABLE.read_text() == completion_table.table()


FREE = {
    "DURATION", "HOST:PORT", "HOST[:PORT]", "IMAGE", "KEY", "KEY=VALUE", "NAME <EMAIL>", "NAME", "NAMESPACE/NAME", "NUMBER",
    "N|N%", "PULL", "SELECTOR", "TEXT", "URL", "WHEN", "WORD,…", "DATE|DURATION", "GROUP", "GROUP [NAME]", "PATH",
    "MEMBER=CONTEXT", "PLACE=NAME", "REPOSITORY", "ADDRESS", "[[LOCAL]:]REMOTE…", "TYPE,…",
    "VERSION|PATH|helm=PATH|kustomize=PATH|kubernetes=RELEASE",
}  # fmt: skip
"""What only the user knows; the groups of a rollout are in no path."""


def test_every_option_with_a_name_has_values() -> None:
    from typer.main import get_command

    from reconciler.cli.main import COMMANDS, app

    group = get_command(app)
    free = set()
    for name in COMMANDS:
        command = group.get_command(None, name)
        for path, one in [(name, command)] if not hasattr(command, "commands") else command.commands.items():
            for parameter in one.params:
                is_value = not getattr(parameter, "is_flag", False) and not getattr(parameter, "hidden", False)
                if is_value and completion_table.value_of(path, parameter) == completion_table.TEXT and parameter.metavar:
                    free.add(parameter.metavar)
    assert free <= FREE, "say in docs/completion_table.py which values these have, or here that nobody can know them"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    files = {**fleet("m1", "m2"), **placed("web", "m1"), **placed("api", "m1", "m2")}
    files["roles/reader.yaml"] = document("ClusterRole", "evil$(touch x)", "", api="rbac.authorization.k8s.io/v1", rules=[])
    files["policies/all.yaml"] = cluster_policy("all", selector("ClusterRole", api="rbac.authorization.k8s.io/v1"), "m1")
    world = World(tmp_path_factory.mktemp("completion"), files)
    world.repo.git("tag", "v1")
    assert world.sync().code == 0
    return world


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("cordon m", ["m1", "m2"]),
        ("get deploy w", ["web"]),
        ("get deployments.apps ", ["api", "web"]),
        ("get deploy/", ["deploy/api", "deploy/web"]),
        ("get svc,depl", ["svc,deployment"]),
        ("explain deployment/", ["deployment/api", "deployment/web"]),
        ("status -n s", ["shop"]),
        ("status -n other deploy ", []),
        ("status clusterrole ", []),  # Its name is none that a shell should see.
        ("suspend cluster/", ["cluster/m1", "cluster/m2"]),
        ("suspend pp/", ["pp/api", "pp/web"]),
        ("diff v", ["v1"]),
        ("run ma", ["main"]),
        ("simulate --taint m1", ["m1:"]),
    ],
)
def test_what_the_repository_knows(world: World, line: str, found: list[str]) -> None:
    *words, last = line.split(" ")
    words[1:1] = ["--repo", str(world.repo.path)]
    assert [one.value for one in candidates(ROOT, words, last, KnownNames({}).values)] == found


def test_members_of_a_repository_that_was_never_synced(tmp_path: Path) -> None:
    world = World(tmp_path, fleet("m1", "m2"))
    words = ["cordon", "--repo", str(world.repo.path)]
    assert [one.value for one in candidates(ROOT, words, "", KnownNames({}).values)] == ["m1", "m2"]
    assert candidates(ROOT, ["cordon", "--repo", str(tmp_path / "nowhere")], "", KnownNames({}).values) == []


def test_the_forms_of_shells() -> None:
    zsh, _ = answer({"_RECONCILER_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "reconciler roll"})
    assert zsh.startswith('_arguments \'*: :(("rollout":"Show how far a change is on its way to the clusters pause')
    fish = {"_RECONCILER_COMPLETE": "complete_fish", "_TYPER_COMPLETE_ARGS": "reconciler rollb"}
    assert answer({**fish, "_TYPER_COMPLETE_FISH_ACTION": "get-args"})[0].startswith("rollback\tRestore what")
    assert answer({**fish, "_TYPER_COMPLETE_FISH_ACTION": "is-args"}) == ("", 0)
    assert answer({**fish, "_TYPER_COMPLETE_ARGS": "reconciler x", "_TYPER_COMPLETE_FISH_ACTION": "is-args"}) == ("", 1)
    bash = {"_RECONCILER_COMPLETE": "complete_bash", "COMP_WORDS": "reconciler\nrollb", "COMP_CWORD": "1"}
    assert answer(bash) == ("rollback", 0)
    assert answer({**bash, "COMP_WORDS": "reconciler\n'rollb"}) == ("rollback", 0)
    assert answer_kubectl(["get", "--no-h"]) == "--no-headers\tNo titles above the columns\n:4"
    assert answer_kubectl(["validate", "--repo", ""]) == ":0"
