"""Why an object is where it is, and not elsewhere: the explanation of `explain`, with equal answers together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.dashboard.addresses import key_of
from reconciler.dashboard.page import Asked, Page
from reconciler.dashboard.pages.objects import AboutObject, object_page, short_names
from reconciler.dashboard.questions import Questions
from reconciler.documents.json_writer import write_json
from reconciler.model.wording import plural
from reconciler.present.scales import explained_scale

_LONGEST = 400
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Members on which it is, with the same number of replicas."""

    members: str
    number: int
    replicas: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Members on which it is not, for the same reason."""

    filter: str
    """The name of Karmada's filter; empty where all filters let it pass."""
    reason: str
    members: str
    number: int


@dataclass(frozen=True, slots=True)
class Edit:
    """What one step changed on the way from the template to the member."""

    step: str
    policy: str
    place: str
    error: str
    changes: tuple[tuple[str, str, str], ...]
    """Path, before, after."""


@dataclass(frozen=True, slots=True)
class WhyPage(AboutObject):
    answer: Mapping[str, Any] | None
    """The document of `explain`; None where HEAD does not declare the object."""
    placed: tuple[Placed, ...]
    refused: tuple[Refused, ...]
    member: str
    """Whose rendering is told; empty for none."""
    members: tuple[str, ...]
    edits: tuple[Edit, ...]
    scaled: tuple[str, ...]
    """What an autoscaler of the repository made of it, and why; empty where there is none."""


async def gather(questions: Questions, asked: Asked) -> Mapping[str, Any] | None:
    member = _member(asked)
    return await questions.explanation(key_of(asked.path), [member] if member else [])


def _member(asked: Asked) -> str:
    """The one that the address names, else the first one that holds the object."""
    summary = asked.facts.by_key.get(key_of(asked.path))
    held = summary.decision.cluster_names if summary is not None else ()
    wanted = asked.word("member")
    return wanted if wanted in asked.facts.clusters else next(iter(held), "")


def view(asked: Asked, answer: Mapping[str, Any] | None) -> WhyPage:
    about, member = object_page(asked, "why"), _member(asked)
    held = about.summary.decision.cluster_names if about.summary is not None else ()
    cluster = next((one for one in (answer["clusters"] if answer else ()) if one["name"] == member), None)
    return WhyPage(
        about=about,
        answer=answer,
        placed=tuple(_placed(answer["transition"]["inForce"])) if answer else (),
        refused=tuple(_refused(answer["schedule"])) if answer else (),
        member=member,
        members=tuple(held),
        edits=tuple(map(_edit, cluster["edits"])) if cluster else (),
        scaled=tuple(explained_scale(answer["scale"])) if answer else (),
    )


def _placed(targets: Mapping[str, int | None]) -> Iterator[Placed]:
    by_number: defaultdict[int | None, list[str]] = defaultdict(list)
    for name, replicas in targets.items():
        by_number[replicas].append(name)
    for replicas, names in sorted(by_number.items(), key=lambda item: (-len(item[1]), item[0] or 0)):
        yield Placed(short_names(sorted(names)), len(names), replicas)


def _refused(schedule: Mapping[str, Any]) -> Iterator[Refused]:
    """The first filter that fails decides; the reason of most members comes first."""
    by_reason: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, verdicts in schedule["filters"].items():
        failed = next((one for one in verdicts if not one["passes"]), None)
        if failed is not None:
            by_reason[failed["filter"], failed["reason"]].append(name)
        elif name not in schedule["targets"]:
            by_reason["", schedule["rejected"].get(name, "It passes every filter, and was not chosen.")].append(name)
    for name in schedule["rejected"].keys() - schedule["filters"].keys():
        by_reason["", schedule["rejected"][name]].append(name)
    for (filter_name, reason), names in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        yield Refused(filter_name, reason, short_names(sorted(names)), len(names))


def _edit(edit: Mapping[str, Any]) -> Edit:
    changes = tuple((one["path"], _shown(one, "before"), _shown(one, "after")) for one in edit["changes"])
    policy = f"{edit['policy']}, rule {edit['rule']}" if "policy" in edit else ""
    return Edit(edit["step"], policy, edit.get("origin", ""), edit.get("error", ""), changes)


def _shown(change: Mapping[str, Any], side: str) -> str:
    if side not in change:
        return "(absent)"
    text = write_json(change[side]).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({plural(len(text), 'character')})"


PAGES = (Page("/objects/{namespace}/{kind}/{name}/why", "why.html.jinja", view, gather, section="Applications"),)
