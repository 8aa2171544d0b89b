"""The tools by their names: what each is for, in words for the assistant, its arguments, and what answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.assistants import arguments as asked
from reconciler.assistants import questions
from reconciler.assistants.pages import Answer
from reconciler.assistants.propose import Proposals, propose
from reconciler.assistants.questions import Fleet


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    title: str
    description: str
    arguments: type[asked.Paged]
    answer: Callable[[Fleet, Any], Awaitable[Answer]]
    """Takes an instance of the class of arguments."""
    writes: bool = False


_READING = (
    Tool(
        "validate",
        "Check files",
        "All errors and warnings of a revision of the config repository, each with file, line and remedy. Needs no cluster. "
        "Use it after every edit of a file, with worktree.",
        asked.Validate,
        questions.answer_validate,
    ),
    Tool(
        "diff",
        "What a change does",
        "What the change from one revision to another, or to the files of the work tree, does to the objects of every member "
        "cluster. Offline: compares what is declared, not what the members hold.",
        asked.Diff,
        questions.answer_diff,
    ),
    Tool(
        "explain",
        "Why it is there",
        "Why a workload is on its member clusters and not on others: where it is declared and which commit changed it last, the "
        "policies, the filters for each cluster, the arithmetic of its replicas, the overrides.",
        asked.Explain,
        questions.answer_explain,
    ),
    Tool(
        "simulate",
        "What if",
        "What would move if member clusters were lost, tainted, labelled or had other resources free. Changes nothing.",
        asked.Simulate,
        questions.answer_simulate,
    ),
    Tool(
        "status",
        "State of objects",
        "The recorded state of the objects: on which member clusters, whether applied and healthy, and why not.",
        asked.Status,
        questions.answer_status,
    ),
    Tool(
        "history",
        "What happened",
        "Which commit did what to an object, or to all, on which member clusters, with what result, newest first.",
        asked.History,
        questions.answer_history,
    ),
    Tool(
        "blame",
        "Who wrote it",
        "For each line of the manifest of an object on one member cluster: the commit, file and line, and the rule that set it.",
        asked.Blame,
        questions.answer_blame,
    ),
    Tool(
        "get",
        "Objects on the members",
        "Objects of any kind as the member clusters hold them now, as a table like kubectl's, or whole. Values of Secrets are "
        "masked.",
        asked.Get,
        questions.answer_get,
    ),
)


def tools(proposals: Proposals | None) -> Mapping[str, Tool]:
    """By name. proposals: None where nothing may be proposed."""
    found = {tool.name: tool for tool in _READING}
    if proposals is None:
        return found

    async def answer(fleet: Fleet, wanted: asked.Propose) -> Answer:
        return await propose(fleet.opened, proposals, wanted, fleet.now())

    proposing = Tool(
        "propose",
        "Open a pull request",
        "Puts whole files on a new branch and opens a pull request, for people to review. The files are checked before, and "
        "refused with file and line where they would cause an error. Nothing changes in a cluster until people merge it.",
        asked.Propose,
        answer,
        writes=True,
    )
    return {**found, proposing.name: proposing}
