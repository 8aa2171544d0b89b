"""Search over everything that has a page: objects, members, policies, namespaces, files, rollouts, the commit in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.dashboard.addresses import (
    commit_address,
    member_address,
    namespace_address,
    object_address,
    policy_address,
    rollout_address,
)
from reconciler.dashboard.facts import Facts
from reconciler.dashboard.page import Asked, Crumb, Page
from reconciler.dashboard.pages.choices import Choice, choices_of
from reconciler.dashboard.paging import Part, part_of
from reconciler.model.manifest import labels_of
from reconciler.present.style import Style

_MOST_WORDS = 8


class Found(NamedTuple):
    """One page that matches."""

    rank: int
    """0: the name is what was asked for; 1: it begins with it; 2: it has it; 3: something else about it does."""
    name: str
    kind: str
    where: str
    href: str
    because: str
    """What matches, where it is not the name."""
    word: str
    role: Style


@dataclass(frozen=True, slots=True)
class Search:
    words: str
    part: Part[Found]
    kinds: tuple[Choice, ...]
    title: str = "Search"
    crumbs: tuple[Crumb, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: str
    where: str
    href: str
    more: tuple[str, ...] = ()
    """What else it is found by."""
    word: str = ""
    role: Style = Style.PLAIN


def view(asked: Asked, _: Any) -> Search:
    words, kind = asked.word("q"), asked.word("kind")
    wanted = words.lower().split()[:_MOST_WORDS]
    found = sorted(filter(None, (_found(one, wanted) for one in _entries(asked.facts)))) if wanted else []
    shown = [one for one in found if kind in ("", one.kind)]
    return Search(
        words,
        part_of(shown, asked.query, "/search"),
        choices_of([one.kind for one in found], "kind", {"q": words, "kind": kind}, "/search"),
    )


def _found(entry: _Entry, wanted: list[str]) -> Found | None:
    """None where a word is neither in the name, nor in anything else. wanted: in lower case; each must match."""
    name, whole = entry.name.lower(), f"{entry.name} {entry.kind} {entry.where}".lower()
    because = ""
    for word in wanted:
        if word not in whole:
            because = next((text for text in entry.more if word in text.lower()), "")
            if not because:
                return None
    first = " ".join(wanted)
    rank = 3 if because else 0 if name == first else 1 if name.startswith(first) else 2
    return Found(rank, entry.name, entry.kind, entry.where, entry.href, because, entry.word, entry.role)


def _entries(facts: Facts) -> Iterator[_Entry]:
    for namespace in filter(None, facts.namespaces):
        yield _Entry(namespace, "Namespace", "", namespace_address(namespace))
    yield from _objects(facts)
    for cluster in facts.clusters.values():
        place = " ".join(filter(None, [cluster.provider, cluster.region, *cluster.zones]))
        yield _Entry(cluster.name, "Member", place, member_address(cluster.name), _labels(cluster.labels))
    for ref, policy in facts.policies.items():
        yield _Entry(ref.name, ref.kind, ref.namespace, policy_address(ref), (policy.origin.file,))
    for name, rollout in facts.state.rollouts.items():
        yield _Entry(name, "Rollout", "", rollout_address(name), (rollout.target,), str(rollout.phase))
    head = facts.head
    yield _Entry(head.sha[:12], "Commit", head.subject, commit_address(head.sha), (head.sha, head.author))


def _objects(facts: Facts) -> Iterator[_Entry]:
    """Recorded ones, and templates that nothing is recorded of."""
    for one in facts.objects:
        template = facts.templates.get(one.key)
        labels = _labels(labels_of(template.manifest)) if template is not None else ()
        more = (one.decision.template_file, *labels, one.message)
        yield _Entry(one.key.name, one.key.kind, one.key.namespace, object_address(one.key), more, one.word, one.role)
    for key, template in facts.templates.items():
        if key not in facts.by_key:
            more = (template.origin.file, *_labels(labels_of(template.manifest)))
            yield _Entry(key.name, key.kind, key.namespace, object_address(key), more, "Not recorded")


def _labels(labels: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in labels.items())


PAGES = (Page("/search", "search.html.jinja", view, section="Search"),)
