"""An outline as text: one line for each entry, and differing fields as a diff below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from reconciler.documents.writer import dump
from reconciler.model.keys import PolicyRef, ResourceKey
from reconciler.model.origin import Origin
from reconciler.model.wording import first_few, plural
from reconciler.present.line_diff import line_diff
from reconciler.present.member_names import Placed, member_forms
from reconciler.present.style import Line, Style, styled
from reconciler.review.outline.entries import (
    Creation,
    Entry,
    FieldsChange,
    Move,
    OverrideChange,
    Place,
    PolicyChange,
    Recreation,
    Removal,
    Scaling,
    Where,
)
from reconciler.review.outline.parts import PartChange

_STYLES = {"+": Style.ADDED, "-": Style.REMOVED, "@": Style.HUNK}
"""Style of a line of a unified diff, by its first character."""
_FEW = 3
"""Objects that a line names in full; of more, it names as many by namespace and name, and counts them."""
_NAMED = 5
"""Members that a line names before it counts the rest."""


def outline_lines(entries: Iterable[Entry], members: int) -> Iterator[Line]:
    """members: how many there are."""
    for entry in entries:
        yield styled(entry_heading(entry, members), Style.HEADING)
        if isinstance(entry, FieldsChange):
            yield from part_lines(entry.parts)


def entry_heading(entry: Entry, members: int) -> str:
    """What happens to which objects on which members, the place in the repository that says so, and a reason."""
    return f"{effect(entry)} {entry_text(entry, members)}"


def entry_text(entry: Entry, members: int) -> str:
    """The heading without its first word."""
    objects, place = objects_text(entry.objects), places_text(entry.origins)
    match entry:
        case Removal(clusters=clusters, left=left):
            rest = f"{'they stay' if entry.objects[1:] else 'it stays'} on {named(left, members)}" if left else "no copy is left"
            why = _reasons("" if entry.released else rest, entry.reason)
            return f"{objects} on {named(clusters, members)}{place}{why}"
        case Move(sources=sources, targets=targets):
            to = first_few([_with_replicas(target) for target in targets], _NAMED)
            return f"{objects}: {first_few(sources, _NAMED)} → {to}{place}{_reasons(entry.reason)}"
        case Recreation(clusters=clusters, remedy=remedy):
            fields = first_few(entry.fields, _FEW)
            if remedy:
                why = f"an API server does not let {fields} change, so nothing of it is written"
                return f"{objects} on {named(clusters, members)}{place}: {why}"
            return f"{objects} on {named(clusters, members)}{place}: {fields} may not change"
        case Scaling():
            return f"{objects}: {_scaled(entry)}{place}{_reasons(entry.reason)}"
        case PolicyChange(before=before, after=after):
            rest = f", no longer by {_policy(before)}" if before else ""
            return f"{objects} by {_policy(after)}{rest}{place}"
        case OverrideChange(policy=policy, clusters=clusters):
            by = f"by {policy}" if entry.begins else f"no longer by {policy}"
            return f"{objects} on {named(clusters, members)} {by}{place}"
        case FieldsChange(where=where):
            return f"{objects} on {_where_text(where, members)}{place}{_reasons(entry.reason)}"
        case Creation(targets=new):
            members_of = named([target.cluster for target in new], members)
            return f"{objects} on {members_of}{_replicas(new)}{place}{_reasons(entry.reason)}"


def effect(entry: Entry) -> str:
    """What happens, in one word: remove, release, move, recreate, refuse, scale, claim, override, change or create."""
    match entry:
        case Removal():
            return "release" if entry.released else "remove"
        case Recreation():
            return "refuse" if entry.remedy else "recreate"
        case _:
            return _EFFECTS[type(entry)]


def part_lines(parts: Sequence[PartChange]) -> Iterator[Line]:
    """A unified diff of YAML: a line with the path of the field or list, then what it loses and gets."""
    path: tuple[str, ...] = ()
    for part in parts:
        if part.path != path:
            path = part.path
            yield styled(f"@@ {path_text(path)} @@", Style.HUNK)
        yield from (styled(text, _STYLES.get(text[:1], Style.PLAIN)) for text in _unified(part))


def path_text(path: Sequence[str]) -> str:
    """`spec.template.spec.containers[app]`; a name that has a dot of its own is quoted."""
    return ".".join(f'"{step}"' if "." in step.partition("[")[0] else step for step in path)


def objects_text(objects: Sequence[ResourceKey]) -> str:
    """`Deployment.apps shop/web`, or `50 Deployments (shop/a, shop/b, shop/c and 47 more)`."""
    if len(objects) <= _FEW:
        return ", ".join(map(str, objects))
    kinds = {key.qualified_kind for key in objects}
    if len(kinds) == 1:
        return f"{plural(len(objects), *_kind_words(objects[0].kind))} ({first_few([_short(key) for key in objects], _FEW)})"
    return f"{len(objects)} objects ({first_few(objects, _FEW)})"


def named(clusters: Sequence[str], members: int) -> str:
    """`m1, m2`, `m01..m18, m20`, `all 20 clusters`. members: how many there are."""
    if len(clusters) == members and members > 1:
        return f"all {members} clusters"
    forms = member_forms([Placed(name) for name in clusters]) if len(clusters) > _NAMED else ()
    return next((form for form in forms if ".." in form and len(form) <= _RANGES), first_few(clusters, _NAMED))


def places_text(origins: Sequence[Origin]) -> str:
    """` (apps/web.yaml:3 and 49 more)`, with the space before it; empty if there is none."""
    found = [origin for origin in origins if origin.file]
    return f" ({first_few(found, 1)})" if found else ""


def _unified(part: PartChange) -> Iterator[str]:
    old, new = ([] if side is None else dump(side).splitlines() for side in (part.before, part.after))
    yield from line_diff(old, new, _CONTEXT)


def _where_text(where: Sequence[Where], members: int) -> str:
    """`all 20 clusters`; `all 20 clusters, 962 copies` where not every object changes on all of these."""
    clusters = sorted({name for one in where for name in one.clusters})
    copies = sum(len(one.clusters) for one in where)
    some = "" if copies == len(where) * len(clusters) else f", {copies} copies"
    return f"{named(clusters, members)}{some}"


def _scaled(entry: Scaling) -> str:
    """`6 → 9: member1 4 → 6, member2 2 → 3`; `6 as before: …` where they are only divided in another way."""
    olds, news = ({place.cluster: place.replicas or 0 for place in side} for side in (entry.before, entry.after))
    pairs = [(name, olds.get(name, 0), news.get(name, 0)) for name in sorted({*olds, *news})]
    changes = [(name, old, new) for name, old, new in pairs if old != new]
    before, after = sum(olds.values()), sum(news.values())
    total = f"{before} → {after}" if before != after else f"{after} as before"
    total += " each" if len(entry.objects) > 1 else ""
    if len(pairs) == 1:
        return f"{total} on {pairs[0][0]}"
    groups: dict[tuple[int, int], list[str]] = {}
    for name, old, new in changes:
        groups.setdefault((old, new), []).append(name)
    return f"{total}: {first_few([_one_scaled(*pair, names) for pair, names in groups.items()], _NAMED)}"


def _one_scaled(old: int, new: int, names: Sequence[str]) -> str:
    if len(names) < _FEW:
        return ", ".join(f"{name} {old} → {new}" for name in names)
    forms = member_forms([Placed(name) for name in names])
    return f"{next((form for form in forms if len(form) <= _WIDE), forms[-1])} {old} → {new} each"


def _with_replicas(place: Place) -> str:
    return place.cluster if place.replicas is None else f"{place.cluster} ({plural(place.replicas, 'replica')})"


def _replicas(targets: Sequence[Place]) -> str:
    """`, 2 replicas`, `, 2 replicas each`, `, 1 to 3 replicas each`; empty for kinds without replicas."""
    numbers = Counter(place.replicas for place in targets if place.replicas is not None)
    if not numbers:
        return ""
    few, many = min(numbers), max(numbers)
    each = " each" if len(targets) > 1 else ""
    return f", {plural(many, 'replica') if few == many else f'{few} to {many} replicas'}{each}"


def _policy(policy: PolicyRef | None) -> str:
    return "no policy" if policy is None else str(policy)


def _reasons(*reasons: str) -> str:
    found = [reason for reason in reasons if reason]
    return f": {'; '.join(found)}" if found else ""


def _short(key: ResourceKey) -> str:
    return key.namespaced_name


def _kind_words(kind: str) -> tuple[str, str]:
    """The kind, and its plural as Kubernetes makes it (k8s.io/apimachinery meta.UnsafeGuessKindToResource)."""
    if kind.endswith(("s", "x", "ch", "sh")):
        return kind, kind if kind == "Endpoints" else f"{kind}es"
    return kind, f"{kind[:-1]}ies" if kind.endswith("y") and kind[-2:-1] not in "aeiou" else f"{kind}s"


_CONTEXT = 3
"""Lines that a text keeps around each difference."""
_WIDE = 40
"""Characters that the names of members may take before they are counted."""
_RANGES = 60
"""Characters that ranges of members may take; longer than that, the first members are named, and the others counted."""
EFFECT_WORDS = ("remove", "release", "move", "recreate", "refuse", "scale", "claim", "override", "change", "create")
"""In the order of an outline."""
_EFFECTS = {
    Move: "move",
    Scaling: "scale",
    PolicyChange: "claim",
    OverrideChange: "override",
    FieldsChange: "change",
    Creation: "create",
}
