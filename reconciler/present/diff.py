"""Differences as text and as documents: one block per object with its members; Secrets are masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from reconciler.model.consent import ALLOW_PRUNE
from reconciler.model.issues import errors_in
from reconciler.model.manifest import Manifest
from reconciler.model.origin import NOWHERE
from reconciler.model.wording import plural
from reconciler.model.work import RenderedManifest
from reconciler.plan.mask_secrets import mask
from reconciler.present.causes import by_cause, object_names
from reconciler.present.document import object_document
from reconciler.present.issues import issues_document
from reconciler.present.members import unanswered_lines
from reconciler.present.outline import named, objects_text, outline_lines
from reconciler.present.outline_document import outline_document
from reconciler.present.style import Line, Span, Style, styled
from reconciler.review.diff import RevisionDiff
from reconciler.review.diff_live import LiveDiff
from reconciler.review.kept import Kept
from reconciler.review.object_diff import ObjectDiff


def difference_lines(diff: RevisionDiff) -> Iterator[Line]:
    """The outline, the objects that stay as they are, those that the prune guard holds, the members with another
    address, and a summary."""
    yield from outline_lines(diff.outline, diff.members)
    yield from _kept_lines(diff.kept, diff.members)
    for guarded in diff.guarded:
        word, why = ("remove", f"HEAD consents ({ALLOW_PRUNE})") if guarded.consented else ("hold", guarded.reason)
        yield Line((Span(f"{word} {object_names(guarded.keys)} on {guarded.cluster}", Style.HEADING), Span(f": {why}")))
    for name, count in diff.readdressed.items():
        heading = Span(f"connect {name} to another address", Style.HEADING)
        what = f"what it holds is not known offline; a sync creates there what is missing of {plural(count, 'object')}"
        yield Line((heading, Span(f": {what}")))
    if diff.base == diff.head and not diff.is_worktree and not diff.differences:
        yield styled(f"No differences: BASE and HEAD are the same commit, {diff.head.sha[:12]}.")
    elif diff.differences or not diff.readdressed:
        yield styled(_counted(diff, skipped=0))


def live_lines(diff: LiveDiff) -> Iterator[Line]:
    """The outline, the objects that stay as they are or would be skipped, and a summary."""
    yield from outline_lines(diff.outline, diff.members)
    yield from _kept_lines(diff.kept, diff.members)
    for skipped, *others in by_cause(diff.skipped, lambda skipped: (skipped.clusters, skipped.reason)):
        names = object_names([skipped.key, *(other.key for other in others)])
        heading = f"skip {names} on {named(skipped.clusters, diff.members)}"
        yield Line((Span(heading, Style.HEADING), Span(f": {skipped.reason}")))
    yield styled(_counted(diff, len(diff.skipped)))


def _counted(diff: RevisionDiff | LiveDiff, skipped: int) -> str:
    """The summary, with the objects that stay as they are, once per cluster, and those that are skipped."""
    kept = sum(len(one.clusters) for one in diff.kept if not one.absent)
    absent = sum(len(one.clusters) for one in diff.kept if one.absent)
    words = ((kept, "kept"), (absent, "suspended and not created"), (skipped, "skipped"))
    more = [f"{count} {word}" for count, word in words if count]
    counts = summary(diff.differences)
    return ", ".join([counts.removesuffix("."), *more]) if more else counts


def _kept_lines(kept: Iterable[Kept], members: int) -> Iterator[Line]:
    for one, *others in by_cause(kept, lambda kept: (kept.clusters, kept.reason, kept.absent)):
        where, what = named(one.clusters, members), objects_text([one.key, *(other.key for other in others)])
        stay = "they are" if others else "it is"
        heading = Span(f"no {what} on {where}" if one.absent else f"keep {what} as {stay} on {where}", Style.HEADING)
        yield Line((heading, Span(f": {one.reason}")))


def live_remarks(diff: LiveDiff) -> Iterator[str]:
    """Messages besides the differences: the remarks, and the members that were not compared."""
    yield from diff.remarks
    yield from unanswered_lines({**diff.offline, **diff.unanswered})


def differences_document(diff: RevisionDiff) -> dict[str, Any]:
    return {
        "base": diff.base.sha,
        "head": diff.head.sha,
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
    """create, change, remove or release."""
    if difference.before is None:
        return "create"
    if difference.released:
        return "release"
    return "remove" if difference.after is None else "change"


def summary(differences: Sequence[ObjectDiff]) -> str:
    """`2 to create, 1 to change on 3 clusters`, counting each object once per cluster."""
    if not differences:
        return "No differences."
    counts = [
        f"{count} to {word}"
        for word in ("create", "change", "remove", "release")
        if (count := sum(len(one.clusters) for one in differences if change_word(one) == word))
    ]
    clusters = {name for difference in differences for name in difference.clusters}
    return f"{', '.join(counts)} on {plural(len(clusters), 'cluster')}"


def _manifest(rendered: RenderedManifest | None) -> Manifest | None:
    return rendered.manifest if rendered else None
