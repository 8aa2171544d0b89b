"""What each Chart and Kustomize comes to on each of its clusters, as far as results of the programs are known.

What a program has not been asked yet is listed as missing; who called the compiler asks it, and compiles again
(`expanding/expanding_compiler.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reconciler.expand.finish import NOTHING_TO_FINISH, finish_of, finished_output
from reconciler.expand.output import Output, read_output
from reconciler.expand.rendered import Objects, ParentFacts, Scopes, children_of, order_of_parent
from reconciler.expand.requests import (
    NO_CAPABILITIES,
    Capabilities,
    Refused,
    capabilities_of,
    request_of,
    value_sources,
    values_from,
)
from reconciler.interpreter.containers import is_definition
from reconciler.load.scope import Scope, declared_scopes, scope_for
from reconciler.load.translate import as_ours, place_in
from reconciler.model.desired import ResourceTemplate
from reconciler.model.expansion import (
    CHART,
    Expansion,
    ExpansionNeeds,
    ExpansionRequest,
    Expansions,
    Source,
    Tool,
)
from reconciler.model.helm_release import HelmRelease
from reconciler.model.issues import Issue, error
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, get, text
from reconciler.model.memo import Memo
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.settings import DeclaredKind
from reconciler.model.wording import COPIES_STAY, first_few, plural
from reconciler.pipeline.decide import Decided
from reconciler.pipeline.follow import Placed
from reconciler.pipeline.snapshot import Snapshot
from reconciler.render.render_template import Rendering


def read_by_parents(templates: tuple[ResourceTemplate, ...]) -> frozenset[ResourceKey]:
    """The objects that hold values for Charts: they need no policy."""
    return frozenset(key for template in templates if template.is_expanded for key in value_sources(template))


@dataclass(frozen=True, slots=True)
class Family:
    """One parent, and what it expands to on each of its clusters."""

    decided: Decided
    placed: Placed
    rendering: Rendering
    """Of the parent itself."""
    objects: Mapping[ClusterName, Objects]
    failed: Mapping[ClusterName, Issue]
    """The clusters for which it is not known what the parent expands to, and why."""
    notices: tuple[Issue, ...] = ()

    @property
    def template(self) -> ResourceTemplate:
        return self.decided.template

    def stays_on(self, name: ClusterName) -> bool:
        """Whether the copies there stay as they are."""
        return self.placed.held or name in self.placed.held_on or name in self.failed


@dataclass(frozen=True, slots=True)
class _Asked:
    """One copy of a parent: what its program is asked, or why it is asked nothing."""

    request: ExpansionRequest | Issue
    output: Output | Issue
    """An issue where there is no usable output."""
    notices: tuple[Issue, ...] = ()
    namespace: str = ""
    """Of objects that state none."""


def parents_of(templates: tuple[ResourceTemplate, ...]) -> tuple[ResourceKey, ...]:
    """The objects among these that are expanded."""
    return tuple(template.key for template in templates if template.is_expanded)


def families_of(
    parents: Iterable[ResourceKey],
    decided: Mapping[ResourceKey, Decided],
    placements: Mapping[ResourceKey, Placed],
    renderings: Mapping[ResourceKey, Rendering],
    snapshot: Snapshot,
    expansions: Expansions,
    memo: Memo,
) -> tuple[list[Family], ExpansionNeeds]:
    """The families in the order of their parents, and what the programs have to be asked."""
    desired = snapshot.desired
    revisions = (*snapshot.earlier.values(), desired)
    sources = {digest: one for revision in revisions for digest, one in revision.sources.items()}
    texts = {digest: one for revision in revisions for digest, one in revision.value_texts.items()}
    seen = {name: capabilities_of(one.version, one.apis) for name, one in snapshot.recorded.clusters.items()}
    asked = {key: _ask(decided[key].template, renderings[key], seen, sources, texts, expansions, memo) for key in parents}
    requests = {
        one.request.key: one.request
        for copies in asked.values()
        for one in copies.values()
        if isinstance(one.request, ExpansionRequest)
    }
    missing = tuple(requests[key] for key in sorted(requests.keys() - expansions.keys()))
    scopes = _scopes_in(asked, snapshot, memo)
    absent = _absent(asked, expansions, decided)
    families = [
        _family(decided[key], placements[key], renderings[key], copies, scopes, absent, snapshot, memo)
        for key, copies in asked.items()
    ]
    unknown: defaultdict[ClusterName, list[ResourceKey]] = defaultdict(list)
    for family in families:
        for name in family.failed:
            unknown[name].append(family.template.key)
    on = {name: tuple(sorted(keys)) for name, keys in sorted(unknown.items())}
    return families, ExpansionNeeds(missing, frozenset(requests), on)


def _ask(
    template: ResourceTemplate,
    rendering: Rendering,
    seen: Mapping[ClusterName, Capabilities],
    sources: Mapping[str, Source],
    texts: Mapping[str, str],
    expansions: Expansions,
    memo: Memo,
) -> dict[ClusterName, _Asked]:
    """For each cluster with a copy. Copies that ask for the same share one value."""
    same: dict[tuple[int, int], _Asked] = {}
    found = {}
    for name, rendered in rendering.manifests.items():
        ours = memo(as_ours, rendered.manifest) if template.translated else rendered.manifest
        capabilities = seen.get(name, NO_CAPABILITIES) if text(ours, "kind") == CHART else NO_CAPABILITIES
        pair = id(rendered), id(capabilities)
        if pair not in same:
            if template.translated and place_in(rendered.manifest) != place_in(template.manifest):
                issue = _unexpanded(template, "SourceMissing", "an override changes where its files are", _NO_OTHER_PLACE)
                same[pair] = _Asked(issue, issue)
            else:
                same[pair] = _ask_one(template, ours, capabilities, sources, texts, expansions, memo)
        found[name] = same[pair]
    return found


def _ask_one(
    template: ResourceTemplate,
    manifest: Manifest,
    capabilities: Capabilities,
    sources: Mapping[str, Source],
    texts: Mapping[str, str],
    expansions: Expansions,
    memo: Memo,
) -> _Asked:
    source, values = sources.get(text(manifest, "spec", "sourceDigest")), values_from(manifest, texts)
    if source is None or not source.files:
        issue = _unexpanded(template, "SourceMissing", "what it is expanded from is not there", _NO_DIGESTS)
        return _Asked(issue, issue)
    if isinstance(values, Refused):
        issue = _unexpanded(template, "ValuesMissing", values.message, values.remedy)
        return _Asked(issue, issue)
    request = memo(request_of, manifest, capabilities, source, *values)
    expansion = expansions.get(request.key)
    if expansion is None:
        return _Asked(request, _unexpanded(template, "NotExpanded", f"{request.tool} was not asked yet", "Try again."))
    output, notices = _finished(manifest, expansion, texts, memo), memo(_notices, expansion, template)
    if output.failure is not None:
        found = output.failure
        return _Asked(request, _unexpanded(template, found.reason, found.message, found.remedy, found.origin), notices)
    return _Asked(request, output, notices, text(manifest, "metadata", "namespace"))


def _finished(manifest: Manifest, expansion: Expansion, texts: Mapping[str, str], memo: Memo) -> Output:
    """What the program printed, as Flux finishes it where that is asked for."""
    finish = finish_of(manifest, texts)
    if isinstance(finish, Issue):
        return Output((), finish)
    return memo(read_output, expansion) if finish == NOTHING_TO_FINISH else memo(finished_output, expansion, finish)


def _notices(expansion: Expansion, template: ResourceTemplate) -> tuple[Issue, ...]:
    """What is wrong with a source besides its first error, told of the object that names it. Where the program is not there,
    one issue tells it for all objects."""
    if expansion.unavailable:
        return ()
    first = expansion.failure
    others = (one for one in expansion.issues if one is not first)
    return tuple(replace(one, message=f"{template.key}: {one.message}", subject=str(template.key)) for one in others)


def _unexpanded(template: ResourceTemplate, reason: str, what: str, remedy: str, origin: Origin = NOWHERE) -> Issue:
    """origin: the place in the source; by default that of the object."""
    where, named = (origin, f" (it is named in {template.origin})") if origin.file else (template.origin, "")
    remedy = f"{remedy} {COPIES_STAY}".lstrip()
    return error(reason, f"{template.key}: {what}{named}", remedy, origin=where, subject=template.key)


def _scopes_in(asked: Mapping[ResourceKey, Mapping[ClusterName, _Asked]], snapshot: Snapshot, memo: Memo) -> Scopes:
    """Of the kinds that the repository, the members and these outputs define."""
    outputs = {
        id(one.output): one.output for copies in asked.values() for one in copies.values() if isinstance(one.output, Output)
    }
    definitions = {id(one): one for output in outputs.values() for one in output.definitions}
    declared = [template.manifest for template in snapshot.desired.templates if is_definition(template.key)]
    custom = memo.tuple(one.custom_kinds for one in snapshot.recorded.clusters.values() if one.custom_kinds)
    return memo(_scopes, memo.tuple((*declared, *definitions.values())), custom, snapshot.desired.settings.kinds)


def _scopes(
    definitions: tuple[Manifest, ...], custom: tuple[frozenset[DeclaredKind], ...], stated: tuple[DeclaredKind, ...]
) -> dict[tuple[str, str], Scope]:
    served = {(one.gvk.group, one.gvk.kind): scope_for(one) for kinds in custom for one in kinds}
    return {**served, **{(one.gvk.group, one.gvk.kind): scope_for(one) for one in stated}, **declared_scopes(definitions)}


def _absent(
    asked: Mapping[ResourceKey, Mapping[ClusterName, _Asked]], expansions: Expansions, decided: Mapping[ResourceKey, Decided]
) -> Mapping[Tool, Issue]:
    """One issue for each program that is not there, at the first object that needs it."""
    needing: dict[Tool, dict[ResourceKey, Expansion]] = {}
    for key, copies in asked.items():
        for one in copies.values():
            if isinstance(one.request, ExpansionRequest) and (found := expansions.get(one.request.key)) and found.unavailable:
                needing.setdefault(one.request.tool, {})[key] = found
    issues = {}
    for tool, objects in needing.items():
        first = min(objects)
        why = objects[first].failure or error(PROGRAM_MISSING, f"{tool} was not run")
        what = f"{plural(len(objects), 'object')} not expanded ({first_few(sorted(objects), 3)}): {why.message}"
        remedy = f"{why.remedy} {COPIES_STAY}".lstrip()
        issues[tool] = error(PROGRAM_MISSING, what, remedy, origin=decided[first].template.origin, subject=first)
    return issues


def _family(
    decided: Decided,
    placed: Placed,
    rendering: Rendering,
    asked: Mapping[ClusterName, _Asked],
    scopes: Scopes,
    absent: Mapping[Tool, Issue],
    snapshot: Snapshot,
    memo: Memo,
) -> Family:
    template = decided.template
    divided = placed.binding is not None and placed.binding.divided
    settings, order = snapshot.desired.settings, memo(order_of_parent, template.manifest)
    objects: dict[ClusterName, Objects] = {}
    failed, more = dict(rendering.failed), set[Issue]()
    for name, one in asked.items():
        if isinstance(one.output, Issue):
            unavailable = isinstance(one.request, ExpansionRequest) and absent.get(one.request.tool)
            failed[name] = unavailable or one.output
            continue
        facts = memo(
            ParentFacts,
            one.namespace,
            template.origin,
            placed.conflict_resolution,
            settings.instance,
            divided,
            template.key,
            order,
            settings.expand,
            _adopted(template, one.request, memo),
        )
        found = memo(children_of, one.output, facts, scopes, snapshot.interpreter, memo)
        if found.refused:
            issues = [_unexpanded(template, "ExpansionFailed", what, remedy) for what, remedy in found.refused]
            failed[name] = issues[0]
            more.update(issues)
        else:
            objects[name] = found
    notices = more.union(*(one.notices for one in asked.values()))
    return Family(decided, placed, rendering, objects, failed, tuple(sorted(notices)))


def _adopted(template: ResourceTemplate, request: ExpansionRequest | Issue, memo: Memo) -> HelmRelease | None:
    """The Helm release that a Chart takes over."""
    if get(template.manifest, "spec", "adopt") is not True or not isinstance(request, ExpansionRequest):
        return None
    return memo(HelmRelease, request.release, request.namespace) if request.tool is Tool.HELM else None


PROGRAM_MISSING = "ProgramMissing"
_NO_OTHER_PLACE = "Overrides may change values, and not the source; name another source in another object."
_NO_DIGESTS = "Overrides may change what is below /spec/values, and not the chart; name another chart in another object."
