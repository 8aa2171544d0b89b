"""Objects that a member would refuse: by the ValidatingAdmissionPolicies that it gets, or by the rules of a definition.

What counts is what each member gets: a policy is placed like any other object, and one that comes in the same revision counts.
Members that get the same policies, with the same parameters and Namespaces, are one case; each distinct manifest is judged once.
A folder refuses nothing: what is in it is judged as by the API server that it is applied to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.cel.contents import Cluster, cluster_of, is_relevant
from reconciler.cel.policies import BINDING, GROUP, POLICY
from reconciler.cel.verdicts import Outcome, Verdict
from reconciler.errors import TemporaryError
from reconciler.model.issues import Issue, error, warning
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, gvk_of, mapping, text
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.wording import COPIES_STAY, first_few, plural, where_applied
from reconciler.model.work import RenderedManifest
from reconciler.pipeline.compiled import Compiled
from reconciler.review.admission_process import AdmissionProcess, Item

_NAMED = 3
_FOLDED = 5
"""More objects than this with the same complaint are told at the policy, once."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """One complaint about one object."""

    key: ResourceKey
    verdict: Verdict
    members: tuple[ClusterName, ...]
    """Sorted."""

    @property
    def complaint(self) -> tuple[ResourceKey, Verdict]:
        """The same for an object that is refused when it is created, and warned about while the part with the fault stays."""
        return self.key, replace(self.verdict, outcome=Outcome.DENIED)


@dataclass(frozen=True, slots=True)
class _Where:
    """The members of some findings, sorted."""

    servers: Sequence[ClusterName]
    folders: Sequence[ClusterName]

    @classmethod
    def of(cls, findings: Iterable[_Finding], folders: Collection[ClusterName]) -> _Where:
        """folders: all members that are folders."""
        names = sorted({name for one in findings for name in one.members})
        return cls([name for name in names if name not in folders], [name for name in names if name in folders])

    def __str__(self) -> str:
        """`on m1, m2`, `where the folder of m3 is applied`, or both."""
        parts = [f"on {first_few(self.servers, _NAMED)}"] if self.servers else []
        if self.folders:
            parts.append(where_applied(self.folders, _NAMED))
        return ", and ".join(parts)

    @property
    def consequence(self) -> str:
        if not self.servers:
            return _FOLDERS_TAKE_IT
        return f"{COPIES_STAY} {_FOLDERS_TAKE_IT}" if self.folders else COPIES_STAY


def refusals(compiled: Compiled) -> list[Issue]:
    """Sorted. Each object is judged as if it were created."""
    try:
        findings = _findings(compiled, None)
    except TemporaryError as failure:
        return [_nothing_judged(failure)]
    return sorted(set(_issues(findings, compiled)))


def new_refusals(compiled: Compiled, before: Compiled) -> list[Issue]:
    """Those that the revision before does not have, which is what the members have. Sorted."""
    try:
        findings = _findings(compiled, before)
        old = {one.complaint for one in _findings(before, None)} if findings else set()
    except TemporaryError as failure:
        return [_nothing_judged(failure)]
    return sorted(set(_issues((one for one in findings if one.complaint not in old), compiled)))


def _nothing_judged(failure: TemporaryError) -> Issue:
    return warning("AdmissionNotJudged", f"no object was judged by the policies: {failure}", _ASK_THE_SERVERS)


def _findings(compiled: Compiled, before: Compiled | None) -> list[_Finding]:
    """before: the revision that the members have; without it, each object counts as created. Raises TemporaryError."""
    groups = list(_groups(compiled))
    findings: list[_Finding] = []
    if groups:
        with AdmissionProcess() as process:
            for contents, members in groups:
                findings += _judge_group(process, contents, members, compiled, before)
    return findings


def _groups(compiled: Compiled) -> Iterator[tuple[list[Manifest], list[ClusterName]]]:
    """The objects that decide, and the members that get exactly these; nothing where they decide nothing."""
    keys = _relevant_keys(compiled)
    if not keys:
        return
    by_contents: defaultdict[tuple[int, ...], list[ClusterName]] = defaultdict(list)
    contents: dict[tuple[int, ...], list[RenderedManifest]] = {}
    for name in compiled.cluster_names:
        rendered = [one for key in keys if (one := compiled.templates[key].rendering.manifests.get(name)) is not None]
        signature = tuple(map(id, rendered))
        by_contents[signature].append(name)
        contents[signature] = rendered
    for signature, names in by_contents.items():
        yield [one.manifest for one in contents[signature]], names


def _relevant_keys(compiled: Compiled) -> list[ResourceKey]:
    manifests = {key: item.template.manifest for key, item in compiled.templates.items()}
    relevant = {key for key, manifest in manifests.items() if is_relevant(manifest)}
    policies = [manifests[key] for key in relevant if key.group == GROUP and key.kind == POLICY]
    bindings = [key for key in relevant if key.group == GROUP and key.kind == BINDING]
    definitions = [key for key in relevant if key.kind == "CustomResourceDefinition"]
    if not (policies and bindings) and not definitions:
        return []
    kinds = {(text(kind, "apiVersion"), text(kind, "kind")) for one in policies if (kind := mapping(one, "spec", "paramKind"))}
    params = {key for key, one in manifests.items() if (one.get("apiVersion"), one.get("kind")) in kinds}
    return sorted(relevant | params)


def _judge_group(
    process: AdmissionProcess,
    contents: list[Manifest],
    members: Sequence[ClusterName],
    compiled: Compiled,
    before: Compiled | None,
) -> Iterator[_Finding]:
    cluster = cluster_of(contents)
    if not cluster.contents.bindings and not cluster.ruled:
        return
    cases: dict[tuple[int, int], tuple[ResourceKey, Item, list[ClusterName]]] = {}
    concerned: dict[object, bool] = {}
    for key, item in compiled.templates.items():
        if item.template.is_expanded:  # No server gets it.
            continue
        olds = _olds(key, before)
        for name in members:
            rendered = item.rendering.manifests.get(name)
            if rendered is None or not _concerns(cluster, rendered.manifest, concerned):
                continue
            old = olds.get(name)
            case = (id(rendered), id(old))
            if case not in cases:
                cases[case] = (key, (rendered.manifest, None if old is None else old.manifest), [])
            cases[case][2].append(name)
    verdicts = process.judge(contents, [item for _, item, _ in cases.values()])
    for (key, _, names), found in zip(cases.values(), verdicts, strict=True):
        for verdict in found:
            yield _Finding(key, verdict, tuple(sorted(names)))


def _olds(key: ResourceKey, before: Compiled | None) -> Mapping[ClusterName, RenderedManifest]:
    item = before.templates.get(key) if before is not None else None
    return item.rendering.manifests if item is not None else {}


def _concerns(cluster: Cluster, manifest: Manifest, known: dict[object, bool]) -> bool:
    kind = (manifest.get("apiVersion"), manifest.get("kind"))
    if kind not in known:
        known[kind] = cluster.concerns(gvk_of(manifest))
    return known[kind]


def _issues(findings: Iterable[_Finding], compiled: Compiled) -> Iterator[Issue]:
    folders = frozenset(cluster.name for cluster in compiled.desired.clusters if cluster.directory)
    by_cause: defaultdict[tuple[Verdict, str], list[_Finding]] = defaultdict(list)
    for finding in findings:
        kind = "" if finding.verdict.policy else f"{finding.key.kind}.{finding.key.group}"
        by_cause[finding.verdict, kind].append(finding)
    for (verdict, _), found in by_cause.items():
        rule, place = _rule(verdict, found[0].key, compiled)
        keys = sorted({one.key for one in found})
        if verdict.outcome is Outcome.NOT_JUDGED:
            message = f"{rule}: {_objects(keys)} not judged: {verdict.message}"
            remedy = _ASK_THE_SERVERS if _Where.of(found, folders).servers else _NOBODY_TO_ASK
            yield warning("AdmissionNotJudged", message, remedy, origin=place, subject=rule)
        elif len(keys) > _FOLDED:
            where = _Where.of(found, folders)
            yield _issue(verdict, place, f"{rule} {_does(verdict)} {_objects(keys)} {where}", rule, where)
        else:
            declared = f" ({place})" if place.file else ""
            for key in keys:
                where = _Where.of([one for one in found if one.key == key], folders)
                said = f"{key}: {rule}{declared} {_does(verdict)} this object {where}"
                yield _issue(verdict, compiled.templates[key].template.origin, said, str(key), where)


def _issue(verdict: Verdict, origin: Origin, said: str, subject: str, where: _Where) -> Issue:
    field = f"{verdict.field}: " if verdict.field else ""
    message = f"{said}: {field}{verdict.message}"
    if verdict.outcome is Outcome.DENIED:
        remedy = f"Change the object, or the policy. {where.consequence}"
        return error("AdmissionDenied", message, remedy, origin=origin, subject=subject)
    return warning("AdmissionWarned", message, "Change the object, or the policy.", origin=origin, subject=subject)


def _rule(verdict: Verdict, key: ResourceKey, compiled: Compiled) -> tuple[str, Origin]:
    """What judges, and where it is declared."""
    if verdict.policy:
        item = compiled.templates.get(ResourceKey(GROUP, POLICY, "", verdict.policy))
        return f"{POLICY} {verdict.policy}", item.template.origin if item else NOWHERE
    for item in compiled.templates.values():
        manifest = item.template.manifest
        if manifest.get("kind") == "CustomResourceDefinition" and (
            (text(manifest, "spec", "group"), text(manifest, "spec", "names", "kind")) == (key.group, key.kind)
        ):
            return f"CustomResourceDefinition {item.template.key.name}", item.template.origin
    return f"the definition of {key.kind}", NOWHERE


def _does(verdict: Verdict) -> str:
    return "refuses" if verdict.outcome is Outcome.DENIED else "warns about"


def _objects(keys: Sequence[ResourceKey]) -> str:
    return f"{plural(len(keys), 'object')} ({first_few(keys, _NAMED)})"


_ASK_THE_SERVERS = "Only the API servers can tell; `reconciler diff --live` asks them, without writing."
_NOBODY_TO_ASK = "Only the API server to which the folder is applied can tell."
_FOLDERS_TAKE_IT = "A folder takes the object as it is."
