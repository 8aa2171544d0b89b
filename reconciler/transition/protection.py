"""What a file with an error protects: the objects that it declared at the last good revision, and everything that it governs.

Nothing is moved or pruned because of an error: an error does not show what the author wants.

A file with an error may also hold what another file declared until now, because somebody moved it there. Only a file that
is new or has changed in the same revision can hold it. So the contents of files with errors are recorded, and what they are
suspected of: an unchanged file, such as a kustomization.yaml that was always there, protects nothing that disappears later.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.broken_file import BrokenFile
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.multi_cluster_api import GROUP, SERVICE_EXPORT, SERVICE_IMPORT, imported_service
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.model.wording import LEFT_OUT_IS_GIVEN_UP


@dataclass(frozen=True, slots=True)
class Protection:
    """Which files have an error, and what depends on them."""

    files: frozenset[str]
    """Files with an error, and files that are gone and may have been moved to one of them."""
    clusters: frozenset[ClusterName]
    """Members that one of these files declared, and that no readable file declares now."""
    broken: Mapping[str, BrokenFile] = field(default_factory=dict)
    """By path, sorted: the files with an error, and what may have been moved to each."""
    overrides: frozenset[PolicyRef] = frozenset()
    """Override policies that could be read, whatever else is wrong with their files."""
    rules: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    """By file, group and kind: how many interpreter rules could be read."""

    def freezes(self, previous: RecordedDecision | None) -> str:
        """What forbids to move the object: a file with an error, or the file of a cluster. Empty when nothing does."""
        if previous is None:
            return ""
        for file in (previous.template_file, previous.policy_file, *self._unread(previous)):
            if file and file in self.files:
                return file
        return next((f"the file of cluster {name}" for name in previous.cluster_names if name in self.clusters), "")

    def keeps(self, previous: RecordedDecision | None) -> bool:
        """Whether an object that may not move keeps its content, too: its own file or that of its policy has an error. The file
        of a cluster says nothing about contents, so what other members hold goes on."""
        return previous is not None and not self.files.isdisjoint((previous.template_file, previous.policy_file))

    def holds(self, previous: RecordedDecision | None) -> str:
        """Why the object must not even be written; empty when it may be.

        An override policy or an interpreter rule that acted on the object cannot be read. Without it, the manifest would differ.
        """
        files = self._unread(previous) if previous else []
        return f"{self.why(files[0])}, and its content governs this object" if files else ""

    def unread_policy(self, previous: RecordedDecision) -> str:
        """What is wrong with the file of the policy that owns the object, as a clause; empty where nothing is."""
        return self.why(previous.policy_file) if previous.policy_file in self.files else ""

    def _unread(self, previous: RecordedDecision) -> list[str]:
        """Files with an error, sorted, of override policies and interpreter rules that governed the object and cannot be read.

        What can be read governs as before: the first pass over such a file gives the answer of every later one.
        """
        if self.files.isdisjoint(previous.governing_files):
            return []
        unread = {file for ref, file in previous.overrides if file in self.files and ref not in self.overrides}
        group, kind = previous.binding.key.group, previous.binding.key.kind
        for file in self.files.intersection(previous.rule_files):
            if self.rules.get((file, group, kind), 0) < previous.rule_files.count(file):
                unread.add(file)
        return sorted(unread)

    def why(self, file: str) -> str:
        """What is wrong with one of `files`, as a clause."""
        culprit = self.culprit(file)
        return f"{file} has an error" if culprit == file else f"{culprit} has an error and may hold what {file} held"

    def culprit(self, file: str) -> str:
        """The file with an error: the one to which this file may have been moved, or else the file itself."""
        return next((path for path, broken in self.broken.items() if file in broken.may_hold), file)

    def may_declare(self, key: ResourceKey, previous: RecordedDecision) -> bool:
        """Whether a file with an error may declare this missing template: its own file, or one that it was moved to."""
        return previous.template_file in self.files or any(key in broken.may_declare for broken in self.broken.values())

    def suspect(self, key: ResourceKey, previous: RecordedDecision) -> str:
        """The file with an error to which this missing template may have been moved; empty where it is its own file."""
        if previous.template_file in self.broken:
            return ""
        return next(
            (
                path
                for path, broken in self.broken.items()
                if key in broken.may_declare or previous.template_file in broken.may_hold
            ),
            "",
        )


NOTHING_PROTECTED = Protection(frozenset(), frozenset())


def protection(desired: DesiredState, recorded: RecordedState, fleet: Collection[ClusterName]) -> Protection:
    """What the errors of this revision protect; always the same object where there are none. fleet: names of the declared
    clusters."""
    broken = _broken_files(desired, recorded)
    files = desired.broken_files.union(*(one.may_hold for one in broken.values()))
    files |= {file for paths in overlaid(desired, recorded).values() for file in paths}
    if not files:
        return NOTHING_PROTECTED
    lost = frozenset(name for name, cluster in recorded.clusters.items() if name not in fleet and cluster.file in files)
    overrides = frozenset(policy.ref for policy in desired.override_policies)
    return Protection(files, lost, broken, overrides, _rules(desired))


def _rules(desired: DesiredState) -> Mapping[tuple[str, str, str], int]:
    """By file, group and kind: how many interpreter rules the revision declares."""
    return Counter((one.origin.file, one.target.group, one.target.kind) for one in desired.customizations)


def remedy_for_suspect(file: str) -> str:
    """What the user can do where a file with an error keeps copies from being pruned, without its last dot."""
    return f"Correct {file}, or leave it out with spec.exclude of the Configuration. {LEFT_OUT_IS_GIVEN_UP}"


def _broken_files(desired: DesiredState, recorded: RecordedState) -> dict[str, BrokenFile]:
    """The files with an error, each with what may have been moved there: by this revision, if the file is new or has changed, or
    by an earlier one."""
    if not desired.broken_files:
        return {}
    names = _missing_names(desired, recorded)
    suspected = {file for path, one in recorded.broken.items() if path in desired.broken_files for file in one.may_hold}
    fresh = {file: declared for file, declared in names.items() if file not in suspected}
    declared = desired.templates_by_key
    missing = {key for key in recorded.decisions if key not in declared}
    known = recorded.files
    found = {
        path: _broken_file(path, desired, recorded.broken.get(path), names.keys(), fresh, missing, new=path not in known)
        for path in sorted(desired.broken_files)
    }
    found = {path: _with_derived(path, file, recorded, missing) for path, file in found.items()}
    return {path: _without_others(path, file, desired, recorded) for path, file in found.items()}


def _with_derived(path: str, found: BrokenFile, recorded: RecordedState, missing: Collection[ResourceKey]) -> BrokenFile:
    """With the imports that ServiceExports ask for, and their Services: they are made from a Service, so they are missing
    where its file has an error."""
    files = {path, *found.may_hold}
    keys = {
        key
        for key in missing
        if (source := _made_from(key, recorded)) is not None
        and source in missing
        and (source in found.may_declare or recorded.decisions[source].template_file in files)
    }
    return found if keys <= set(found.may_declare) else replace(found, may_declare=tuple(sorted(keys.union(found.may_declare))))


def _made_from(key: ResourceKey, recorded: RecordedState) -> ResourceKey | None:
    """The Service from which a recorded object was made because a ServiceExport asks for its import; None where it was not."""
    name = imported_service(key)
    last = recorded.decisions.get(ResourceKey(GROUP, SERVICE_IMPORT, key.namespace, name)) if name else None
    policy = last.binding.policy if last is not None else None
    return ResourceKey("", "Service", key.namespace, name) if policy is not None and policy.kind == SERVICE_EXPORT else None


def _broken_file(
    path: str,
    desired: DesiredState,
    last: BrokenFile | None,
    gone: Collection[str],
    names: Mapping[str, Collection[str]],
    missing: Collection[ResourceKey],
    *,
    new: bool,
) -> BrokenFile:
    """gone: recorded files that do not exist any more, with something that no other file declares. names: those that are gone
    since the last revision, with the names of what is missing. missing: recorded objects without a template. new: whether the
    file declared nothing at the last revision."""
    blob, content = desired.blobs.get(path, ""), desired.broken_texts.get(path, "")
    files = set(last.may_hold).intersection(gone) if last is not None else set()
    keys = set(last.may_declare).intersection(missing) if last is not None else set()
    if last is None or last.blob != blob:
        unknown = (new and last is None) or path in desired.hidden
        files.update(file for file, declared in names.items() if unknown or any(name in content for name in declared))
        keys.update(key for key in missing if key.name in content)
    return BrokenFile(blob, tuple(sorted(files)), tuple(sorted(keys)))


def _without_others(path: str, found: BrokenFile, desired: DesiredState, recorded: RecordedState) -> BrokenFile:
    """Without what belongs to others, where the file is a tenant's: it protects nothing of theirs."""
    judges = desired.judges
    if (owner := judges.of(path)) is None:
        return found
    files = tuple(file for file in found.may_hold if judges.of(file) == owner)
    keys = tuple(key for key in found.may_declare if judges.of(recorded.decisions[key].template_file) == owner)
    return replace(found, may_hold=files, may_declare=keys)


def _missing_names(desired: DesiredState, recorded: RecordedState) -> Mapping[str, Collection[str]]:
    """Recorded files that are gone, with the names of the objects, policies and members there that no other file declares now."""
    gone = recorded.files - desired.files - desired.broken_files
    found: defaultdict[str, set[str]] = defaultdict(set)
    if gone:
        declared = {
            *desired.templates_by_key,
            *(cluster.name for cluster in desired.clusters),
            *(policy.ref for policy in desired.policies),
            *(policy.ref for policy in desired.override_policies),
        }
        for file, item, name in _recorded_items(recorded):
            if file in gone and item not in declared:
                found[file].add(name)
    return found


def _recorded_items(recorded: RecordedState) -> Iterable[tuple[str, Hashable, str]]:
    """(file, what it declared, its name) of everything that was declared. Of an interpreter rule, its kind counts as the name."""
    for cluster in recorded.clusters.values():
        yield cluster.file, cluster.name, cluster.name
    for key, decision in recorded.decisions.items():
        yield decision.template_file, key, key.name
        if (policy := decision.binding.policy) is not None:
            yield decision.policy_file, policy, policy.name
        yield from ((file, ref, ref.name) for ref, file in decision.overrides)
        yield from ((file, None, key.kind) for file in decision.rule_files)


def overlaid(desired: DesiredState, recorded: RecordedState) -> dict[str, tuple[str, ...]]:
    """Links and submodules that replaced files of the last good revision: path → these files, both sorted."""
    replaced: dict[str, list[str]] = {}
    for file in sorted(recorded.files - desired.files) if desired.hidden else ():
        for path in desired.hidden.intersection(_with_parents(file)) - desired.broken_files:
            replaced.setdefault(path, []).append(file)
    return {path: tuple(files) for path, files in sorted(replaced.items())}


def _with_parents(file: str) -> list[str]:
    """The path, and the paths of the folders that contain it."""
    parts = file.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def still_declared(
    protected: Protection, recorded: RecordedState, templates: Collection[ResourceKey]
) -> dict[ResourceKey, RecordedDecision]:
    """Recorded objects whose template is missing, but may stand in a file with an error.

    templates: keys of the templates that could be read.
    """
    return {
        key: decision
        for key, decision in recorded.decisions.items()
        if key not in templates and protected.may_declare(key, decision)
    }
