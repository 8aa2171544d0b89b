"""What each Chart and Kustomize comes to on each of its clusters, as far as results of the programs are known.

What a program has not been asked yet is listed as missing; who called the compiler asks it, and compiles again
(`expanding/expanding_compiler.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.expand.output import Output
from reconciler.expand.rendered import Objects, ParentFacts, Scopes, children_of, order_of_parent
from reconciler.expand.requests import (
    NO_CAPABILITIES,
    Capabilities,
    capabilities_of,
    value_sources,
)
from reconciler.interpreter.containers import is_definition
from reconciler.load.expanded_from import facts_in, place_in
from reconciler.load.scope import Scope, declared_scopes, scope_for
from reconciler.model.desired import ResourceTemplate
from reconciler.model.expansion import (
    CHART,
    EXPANDED_FROM,
    Expansion,
    ExpansionKey,
    ExpansionNeeds,
    ExpansionRequest,
    Expansions,
    Tool,
)
from reconciler.model.helm_release import HelmRelease
from reconciler.model.issues import Issue, error
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, annotations_of, get
from reconciler.model.memo import Memo
from reconciler.model.settings import DeclaredKind
from reconciler.model.wording import COPIES_STAY, first_few, plural
from reconciler.pipeline.decide import Decided
from reconciler.pipeline.expansions import Asked, Known, ask, unexpanded
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
    sealed = {digest: one for revision in revisions for digest, one in revision.sealed_texts.items()}
    known = Known(sources, texts, sealed, expansions, desired)
    asked = {key: _ask(decided[key].template, renderings[key], seen, known, memo) for key in parents}
    requests = {request.key: request for copies in asked.values() for one in copies.values() for request in one.requests}
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
    template: ResourceTemplate, rendering: Rendering, seen: Mapping[ClusterName, Capabilities], known: Known, memo: Memo
) -> dict[ClusterName, Asked]:
    """For each cluster with a copy. Copies that ask for the same share one value."""
    same: dict[tuple[int, int], Asked] = {}
    found, asks_for = {}, memo(_sees_capabilities, template)
    for name, rendered in rendering.manifests.items():
        capabilities = seen.get(name, NO_CAPABILITIES) if asks_for else NO_CAPABILITIES
        pair = id(rendered), id(capabilities)
        if pair not in same:
            if _is_moved(template, rendered.manifest):
                issue = unexpanded(template, "SourceMissing", "an override changes where its files are", _NO_OTHER_PLACE)
                same[pair] = Asked((), issue)
            else:
                same[pair] = ask(template, rendered.manifest, capabilities, known, memo)
        found[name] = same[pair]
    return found


def _sees_capabilities(template: ResourceTemplate) -> bool:
    """Whether helm may be asked for it: kustomize does not see what a cluster serves."""
    facts = facts_in(template.manifest)
    return template.key.kind == CHART or bool(facts.nested) or any(one.tool is Tool.HELM for one in facts.parts)


def _is_moved(template: ResourceTemplate, manifest: Manifest) -> bool:
    """Whether an override changes what is known of its files."""
    if template.translated:
        return place_in(manifest) != place_in(template.manifest)
    return annotations_of(manifest).get(EXPANDED_FROM) != annotations_of(template.manifest).get(EXPANDED_FROM)


def _scopes_in(asked: Mapping[ResourceKey, Mapping[ClusterName, Asked]], snapshot: Snapshot, memo: Memo) -> Scopes:
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
    asked: Mapping[ResourceKey, Mapping[ClusterName, Asked]], expansions: Expansions, decided: Mapping[ResourceKey, Decided]
) -> Mapping[ExpansionKey, Issue]:
    """For each request whose program is not there, an issue: one for each program, at the first object that needs it."""
    needing: dict[Tool, dict[ResourceKey, Expansion]] = {}
    tools: dict[ExpansionKey, Tool] = {}
    for key, copies in asked.items():
        for request in {request.key: request for one in copies.values() for request in one.requests}.values():
            found = expansions.get(request.key)
            if found is not None and found.unavailable:
                needing.setdefault(request.tool, {})[key] = found
                tools[request.key] = request.tool
    issues = {}
    for tool, objects in needing.items():
        first = min(objects)
        why = objects[first].failure or error(PROGRAM_MISSING, f"{tool} was not run")
        what = f"{plural(len(objects), 'object')} not expanded ({first_few(sorted(objects), 3)}): {why.message}"
        remedy = f"{why.remedy} {COPIES_STAY}".lstrip()
        issues[tool] = error(PROGRAM_MISSING, what, remedy, origin=decided[first].template.origin, subject=first)
    return {key: issues[tool] for key, tool in tools.items()}


def _family(
    decided: Decided,
    placed: Placed,
    rendering: Rendering,
    asked: Mapping[ClusterName, Asked],
    scopes: Scopes,
    absent: Mapping[ExpansionKey, Issue],
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
            failed[name] = next((absent[request.key] for request in one.requests if request.key in absent), one.output)
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
            _adopted(template, one.requests, memo),
        )
        found = memo(children_of, one.output, facts, scopes, snapshot.interpreter, memo)
        if found.refused:
            issues = [unexpanded(template, "ExpansionFailed", what, remedy) for what, remedy in found.refused]
            failed[name] = issues[0]
            more.update(issues)
        else:
            objects[name] = found
    notices = more.union(*(one.notices for one in asked.values()))
    return Family(decided, placed, rendering, objects, failed, tuple(sorted(notices)))


def _adopted(template: ResourceTemplate, requests: Sequence[ExpansionRequest], memo: Memo) -> HelmRelease | None:
    """The Helm release that a Chart takes over. requests: its own is the first."""
    if get(template.manifest, "spec", "adopt") is not True or not requests or requests[0].tool is not Tool.HELM:
        return None
    return memo(HelmRelease, requests[0].release, requests[0].namespace)


PROGRAM_MISSING = "ProgramMissing"
_NO_OTHER_PLACE = "Overrides may change values, and not the source; name another source in another object."
