"""Differences as text and as documents: one block per object with its members; Secrets are masked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from reconciler.model.consent import ALLOW_PRUNE
from reconciler.model.issues import errors_in
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest
from reconciler.model.origin import NOWHERE
from reconciler.model.wording import plural
from reconciler.model.work import RenderedManifest
from reconciler.plan.mask_secrets import mask
from reconciler.present.causes import by_cause, object_names
from reconciler.present.document import object_document
from reconciler.present.endpoints import endpoint_lines, endpoints_document
from reconciler.present.issues import issues_document
from reconciler.present.member_names import Placed, member_forms
from reconciler.present.members import unanswered_lines
from reconciler.present.outline import named, objects_text, outline_lines
from reconciler.present.outline_document import outline_document
from reconciler.present.staging import staging_document, staging_lines
from reconciler.present.style import Line, Span, Style, styled
from reconciler.present.table import Cell, Room, table
from reconciler.review.diff import RevisionDiff
from reconciler.review.diff_live import LiveDiff
from reconciler.review.kept import Kept
from reconciler.review.object_diff import ObjectDiff


def difference_lines(diff: RevisionDiff | LiveDiff) -> Iterator[Line]:
    """The outline, what stays as it is or would be skipped or held, and a summary."""
    yield from outline_lines(diff.outline, diff.members)
    yield from notes_of(diff)
    if isinstance(diff, LiveDiff) or diff.differences or not diff.readdressed:
        yield styled(summary_of(diff))


def notes_of(diff: RevisionDiff | LiveDiff) -> Iterator[Line]:
    """The objects that stay as they are. Offline, the groups of clusters that get the change in turn, the objects that the prune
    guard holds, and the members with another address; with --live, the objects that would be skipped, and the endpoints that
    would be written."""
    if isinstance(diff, RevisionDiff):
        yield from staging_lines(diff.staging)
    yield from _kept_lines(diff.kept, diff.members)
    if isinstance(diff, LiveDiff):
        for skipped, *others in by_cause(diff.skipped, lambda skipped: (skipped.clusters, skipped.reason)):
            names = object_names([skipped.key, *(other.key for other in others)])
            yield _note(f"skip {names} on {named(skipped.clusters, diff.members)}", skipped.reason)
        yield from (one if isinstance(one, Line) else styled(one) for one in endpoint_lines(diff.endpoints, is_plan=True))
        return
    for guarded in diff.guarded:
        word, why = ("remove", f"HEAD consents ({ALLOW_PRUNE})") if guarded.consented else ("hold", guarded.reason)
        yield _note(f"{word} {object_names(guarded.keys)} on {guarded.cluster}", why)
    for name, count in diff.readdressed.items():
        what = f"what it holds is not known offline; a sync creates there what is missing of {plural(count, 'object')}"
        yield _note(f"connect {name} to another address", what)


def summary_of(diff: RevisionDiff | LiveDiff) -> str:
    """`2 to create, 1 to change on 3 clusters`, with the objects that stay as they are, once per cluster, and those that are
    skipped."""
    if isinstance(diff, RevisionDiff) and diff.upgrade and not diff.differences:
        return f"No differences with {diff.upgrade}."
    if isinstance(diff, RevisionDiff) and diff.base == diff.head and not diff.is_worktree and not diff.differences:
        return f"No differences: BASE and HEAD are the same commit, {diff.head.sha[:12]}."
    kept = sum(len(one.clusters) for one in diff.kept if not one.absent)
    absent = sum(len(one.clusters) for one in diff.kept if one.absent)
    skipped = len(diff.skipped) if isinstance(diff, LiveDiff) else 0
    held = 0 if isinstance(diff, LiveDiff) else sum(len(one.keys) for one in diff.guarded if not one.consented)
    words = ((held, "of them held"), (kept, "kept"), (absent, "not created"), (skipped, "skipped"))
    more = [f"{count} {word}" for count, word in words if count]
    counts = summary(diff.differences)
    if isinstance(diff, LiveDiff) and diff.unanswered and not diff.differences:
        answered = diff.members > len(diff.unanswered)
        counts = "No differences on the members that answered." if answered else "Nothing was compared: no member answered."
    return ", ".join([counts.removesuffix("."), *more]) if more else counts


def _note(what: str, why: str) -> Line:
    return Line((Span(what, Style.HEADING), Span(f": {why}")))


def _kept_lines(kept: Iterable[Kept], members: int) -> Iterator[Line]:
    for one, *others in by_cause(kept, lambda kept: (kept.clusters, kept.reason, kept.absent)):
        where, what = named(one.clusters, members), objects_text([one.key, *(other.key for other in others)])
        stay = "they are" if others else "it is"
        yield _note(f"no {what} on {where}" if one.absent else f"keep {what} as {stay} on {where}", one.reason)


def live_remarks(diff: LiveDiff) -> Iterator[str]:
    """Messages besides the differences: the remarks, and the members that were not compared."""
    yield from diff.remarks
    yield from unanswered_lines({**diff.offline, **diff.unanswered})


def differences_document(diff: RevisionDiff) -> dict[str, Any]:
    return {
        "base": diff.base.sha,
        "head": diff.head.sha,
        "with": diff.upgrade,
        "errors": issues_document(errors_in(diff.new_issues)),
        "warnings": issues_document(diff.warnings),
        "outline": outline_document(diff.outline, diff.members),
        "differences": [difference_document(difference) for difference in diff.differences],
        "kept": [_kept_document(kept) for kept in diff.kept],
        "guarded": [
            {"cluster": guarded.cluster, "objects": [object_document(key) for key in guarded.keys], "reason": guarded.reason}
            for guarded in diff.guarded
            if not guarded.consented
        ],
        "consented": [
            {"cluster": guarded.cluster, "objects": [object_document(key) for key in guarded.keys]}
            for guarded in diff.guarded
            if guarded.consented
        ],
        "readdressed": dict(diff.readdressed),
        "rollouts": staging_document(diff.staging),
        "worktree": diff.is_worktree,
        "uncommitted": list(diff.uncommitted),
    }


def live_document(diff: LiveDiff) -> dict[str, Any]:
    return {
        "base": diff.base.sha,
        "head": diff.head.sha,
        "errors": issues_document(errors_in(diff.new_issues)),
        "warnings": issues_document(diff.warnings),
        "outline": outline_document(diff.outline, diff.members),
        "differences": [difference_document(difference) for difference in diff.differences],
        "skipped": [
            {"object": object_document(skipped.key), "clusters": list(skipped.clusters), "reason": skipped.reason}
            for skipped in diff.skipped
        ],
        "kept": [_kept_document(kept) for kept in diff.kept],
        "endpoints": endpoints_document(diff.endpoints),
        "offline": diff.offline,
        "unanswered": diff.unanswered,
        "worktree": diff.is_worktree,
        "uncommitted": list(diff.uncommitted),
    }


def _kept_document(kept: Kept) -> dict[str, Any]:
    return {"object": object_document(kept.key), "clusters": list(kept.clusters), "reason": kept.reason, "absent": kept.absent}


def difference_document(difference: ObjectDiff) -> dict[str, Any]:
    before, after = mask(_manifest(difference.before), _manifest(difference.after))
    return {
        "object": object_document(difference.key),
        "change": change_word(difference),
        "clusters": list(difference.clusters),
        "before": before,
        "after": after,
        "reason": difference.reason,
        "cause": str(difference.cause) if difference.cause != NOWHERE else "",
    }


def change_word(difference: ObjectDiff) -> str:
    """create, change, refuse, remove or release."""
    if difference.before is None:
        return "create"
    if difference.is_refused:
        return "refuse"
    if difference.released:
        return "release"
    return "remove" if difference.after is None else "change"


def summary(differences: Sequence[ObjectDiff]) -> str:
    """`2 to create, 1 to change, 1 refused on 3 clusters`, counting each object once per cluster."""
    if not differences:
        return "No differences."
    numbers = Counter[str]()
    for one in differences:
        numbers[change_word(one)] += len(one.clusters)
    counts = [f"{numbers[word]} {'refused' if word == 'refuse' else f'to {word}'}" for word in _WORDS if numbers[word]]
    clusters = {name for difference in differences for name in difference.clusters}
    return f"{', '.join(counts)} on {plural(len(clusters), 'cluster')}"


def _manifest(rendered: RenderedManifest | None) -> Manifest | None:
    return rendered.manifest if rendered else None


def stat_lines(diff: RevisionDiff | LiveDiff, room: Room) -> Iterator[Line]:
    """How many objects change on each member, members with the same numbers together, and the summary."""
    counts: dict[ClusterName, Counter[str]] = defaultdict(Counter)
    for one in diff.differences:
        for name in one.clusters:
            counts[name][change_word(one)] += 1
    groups: dict[tuple[int, ...], list[ClusterName]] = defaultdict(list)
    words = [word for word in _WORDS if word != "refuse" or any(one["refuse"] for one in counts.values())]
    for name in sorted(counts):
        groups[tuple(counts[name][word] for word in words)].append(name)
    rows = [(Cell(member_forms([Placed(name) for name in names])), *numbers) for numbers, names in groups.items()]
    if rows:
        yield from table(("CLUSTERS", *(word.upper() for word in words)), rows, room)
    yield styled(summary_of(diff))


_WORDS = ("create", "change", "refuse", "remove", "release")
