"""`load` and the pipeline with a memo: unchanged files are not parsed again, and unchanged results are not computed again.

One Compiler serves one repository during the life of its process. It gets one revision after the other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from reconciler.documents.line_index import Place, Steps
from reconciler.load.assemble import assemble
from reconciler.load.charts import Expanded, check_divided, check_expanded, expanded_objects, values_beside
from reconciler.load.check_templates import DefinedKinds, check_file, collect_defined_kinds, defines_kinds
from reconciler.load.configuration import configuration_in, settings_of, settings_of_file
from reconciler.load.crosscheck import Finding
from reconciler.load.expanded_templates import with_sources
from reconciler.load.governed import DeclaredTenants, declared_tenants, lost_tenants, tenant_files, within_rights
from reconciler.load.layout import (
    UnreadPath,
    is_below,
    is_included,
    is_relevant,
    manifests,
    may_be_configuration,
    printable,
    too_large,
    unread_paths,
)
from reconciler.load.nested import AllNested, find_nested
from reconciler.load.parse_file import ParsedFile, ParsedObject, parse_file
from reconciler.load.render_roots import find_roots, is_marker, root_issue, without_templates
from reconciler.load.source_lock import NO_LOCK_FILE, LockFile, read_lock
from reconciler.load.source_rights import as_silent, without_own_kinds
from reconciler.load.strict import as_strict
from reconciler.load.translate import translate, without_sources
from reconciler.load.wanted_sources import WantedSources, find_wanted
from reconciler.model.desired import DesiredState
from reconciler.model.expansion import NO_EXPANSIONS, Expansions
from reconciler.model.manifest import Path
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.model.recorded import RecordedState
from reconciler.model.settings import Settings, Validation
from reconciler.model.source_lock import LOCK_FILE
from reconciler.model.tenant import NO_TENANTS, Tenancy
from reconciler.model.tree import Oversized, Tree
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.pipeline import compile_decided, compile_state

_LOCKS = 8
"""Lock files that are remembered: of the revision, and of earlier ones that rollouts need."""


class Compiler:
    def __init__(self) -> None:
        self._memo = Memo()
        """Of the pipeline: it forgets pass by pass."""
        self._load_memo = Memo()
        """Of `load`: it forgets as the files do."""
        # By path and blob id: the files that were loaded since the last pass, and those before.
        self._parsed: dict[tuple[str, str], ParsedFile] = {}
        self._parsed_last: dict[tuple[str, str], ParsedFile] = {}
        self._locks: dict[str, LockFile] = {}
        """By blob id, the lock files of the newest revisions."""

    def missing(self, tree: Tree) -> set[str]:
        """The ids of the blobs whose content `load` needs."""
        parsed = self._parsed.keys() | self._parsed_last.keys()
        missing = {entry.blob for path, entry in manifests(tree) if (path, entry.blob) not in parsed}
        lock = tree.get(LOCK_FILE)
        return missing | {lock.blob} if lock is not None and lock.is_file and lock.blob not in self._locks else missing

    def load(
        self,
        tree: Tree,
        blobs: Mapping[str, bytes | Oversized],
        *,
        check: Collection[str] | None = None,
        judges: Tenancy | None = None,
    ) -> DesiredState:
        """The desired state of a revision. What cannot be read is in its issues.

        blobs: by id, at least those that `missing` returned.
        check: the files whose templates are validated against the schemas of their kinds; all by default.
        judges: the Tenants that judge it; None: its own.
        """
        memo = self._load_memo
        files, oversized = self._parse(tree, blobs)
        every = files
        lock = self._lock(tree, blobs)
        tenants, judges, files = self._govern_all(files, lock.lock.folders, judges, tree)
        configuration = configuration_in(files)
        settings = settings_of(configuration)
        files = [file for file in files if is_included(file.path, settings.include, settings.exclude)]
        if configuration is not None and not any(map(settings_of_file, files)):
            files.append(memo(_configuration_alone, configuration))
        if settings.validation is Validation.STRICT:
            files = [memo(as_strict, file) for file in files]
        hidden = {path: issue for path, issue in [*oversized, *unread_paths(tree)] if is_relevant(path, settings)}
        markers = [path for path in map(printable, tree) if is_marker(path) and is_relevant(path, settings)]
        roots = find_roots(markers, {file.path: file for file in files if is_marker(file.path)})
        if roots:
            files = [memo(without_templates, file) if any(root.covers(file.path) for root in roots) else file for file in files]
        found = _find_expanded(files, every, tree, lock, settings, judges, memo)
        expanded, nested, wanted = found.expanded, found.nested, found.wanted
        if settings.expand:
            taken = [expanded.takes(file.path, judges, lock.lock.folders) for file in files]
            files = [_without_expanded(file, one, settings, memo) for file, one in zip(files, taken, strict=True)]
        unnamed = [root for root in roots if not expanded.refers_to(root.folder)]
        hidden |= {root.folder or root.file: root_issue(root, [file.path for file in files]) for root in unnamed}
        # Only of the files that define kinds: after an edit of any other file, that file alone is validated again.
        defined = memo(collect_defined_kinds, memo.tuple(file for file in files if defines_kinds(file)))
        checked = [file for file in files if check is None or file.path in check]
        findings = list(chain.from_iterable(memo.each(_findings, (checked,), defined, memo=memo)))
        findings += [(None, issue) for issue in (*hidden.values(), *tenants.issues) if issue]
        findings += found.findings
        hidden_paths = frozenset([*hidden, *(folder for folder in wanted.absent if is_relevant(folder, settings))])
        desired = assemble(files, findings, memo, hidden_paths, judges, lock.lock.folders)
        desired = with_sources(desired, tree, expanded, nested, memo)
        desired = replace(desired, wanted_sources=wanted.sources, source_lock=lock.lock)
        desired = replace(desired, judges=judges, tenancy=tenants.tenancy, tenant_files=tenant_files(files, tenants.tenancy))
        return _with_blobs(desired, tree)

    def compile(
        self,
        desired: DesiredState,
        recorded: RecordedState,
        now: datetime,
        expansions: Expansions = NO_EXPANSIONS,
        *,
        settled: bool = False,
    ) -> Compiled:
        """See `pipeline.compile_state`."""
        return compile_state(desired, recorded, now, self._memo, expansions, settled=settled)

    def place(self, origin: Origin, path: Path) -> Origin:
        """The place of one field or item of an object, in the newest version of its file that was loaded.

        origin: of the object; the result if it is unknown.
        """
        parsed = self._parsed_at(origin)
        return origin if parsed is None else Origin(origin.file, parsed[0].line_of(parsed[1], tuple(path)))

    def places(self, origin: Origin) -> dict[Steps, Place]:
        """The place of every field and item of an object, in the newest version of its file that was loaded; empty if the object
        is unknown."""
        parsed = self._parsed_at(origin)
        return {} if parsed is None else parsed[0].places_of(parsed[1])

    def _parsed_at(self, origin: Origin) -> tuple[ParsedFile, ParsedObject] | None:
        objects = (
            (file, parsed)
            for files in (self._parsed, self._parsed_last)
            for (name, _), file in reversed(files.items())
            if name == origin.file
            for parsed in file.objects
            if parsed.origin == origin
        )
        return next(objects, None)

    def next_pass(self) -> None:
        """Forgets what neither this pass nor the last one needed. Most passes load nothing: then the files stay, for the next
        revision has nearly all of them."""
        self._memo.next_pass()
        if self._parsed:
            self._load_memo.next_pass()
            self._parsed, self._parsed_last = {}, self._parsed

    def _govern_all(
        self, files: list[ParsedFile], outside: Collection[str], judges: Tenancy | None, tree: Tree
    ) -> tuple[DeclaredTenants, Tenancy, list[ParsedFile]]:
        """As `_govern`; nothing from elsewhere has a say in who governs. outside: the folders with what is from elsewhere."""
        memo = self._load_memo
        foreign = {file.path: memo(without_own_kinds, file) for file in files if is_below(file.path, outside)}
        own = [as_silent(file) if file.path in foreign else file for file in files]
        tenants, judges, files = self._govern(own, judges, tree)
        return tenants, judges, [memo(within_rights, foreign[one.path], judges) if one.path in foreign else one for one in files]

    def _govern(
        self, files: list[ParsedFile], judges: Tenancy | None, tree: Tree
    ) -> tuple[DeclaredTenants, Tenancy, list[ParsedFile]]:
        """The Tenants of the files that the Configuration includes, those that judge the revision, and all files without what
        they may not declare. What Tenants govern decides which Configuration counts, and the Configuration which Tenants count;
        so a Tenant that it leaves out keeps a file below its folders from being the Configuration, and does nothing else."""
        visible = [file for file in files if is_included(file.path, ("**",), ())]
        every = declared_tenants(visible, judges)
        if not every.tenancy and not judges:
            return every, NO_TENANTS, files
        first = judges or every.tenancy
        configuration = configuration_in(
            within_rights(file, first) for file in visible if may_be_configuration(file.path, file.data)
        )
        settings = settings_of(configuration)
        tenants = declared_tenants([file for file in files if is_included(file.path, settings.include, settings.exclude)], judges)
        unreadable = tenants.tenancy.unreadable or lost_tenants(judges or NO_TENANTS, tenants.tenancy, files, tree)
        own = self._load_memo(Tenancy, self._load_memo.tuple(tenants.tenancy.tenants), unreadable)
        judges = own if judges is None else judges
        if judges.tenants:
            files = [self._load_memo(within_rights, file, judges) for file in files]
        return replace(tenants, tenancy=own), judges, files

    def _lock(self, tree: Tree, blobs: Mapping[str, bytes | Oversized]) -> LockFile:
        entry = tree.get(LOCK_FILE)
        if entry is None or not entry.is_file:
            return NO_LOCK_FILE
        lock = self._locks.get(entry.blob) or read_lock(blobs[entry.blob])
        self._locks = dict([*self._locks.items(), (entry.blob, lock)][-_LOCKS:])
        return lock

    def _parse(self, tree: Tree, blobs: Mapping[str, bytes | Oversized]) -> tuple[list[ParsedFile], list[UnreadPath]]:
        files: list[ParsedFile] = []
        oversized: list[UnreadPath] = []
        for path, entry in manifests(tree):
            key = (path, entry.blob)
            file = self._parsed.get(key) or self._parsed_last.get(key)
            if file is None:
                content = blobs[entry.blob]
                if isinstance(content, Oversized):
                    oversized.append((path, too_large(path, content)))
                    continue
                file = parse_file(path, entry.blob, content)
            self._parsed[key] = file
            files.append(file)
        return files, oversized


class DecidedCompiler(Compiler):
    """Renders for some members what the record decides (`pipeline.compile_decided`)."""

    def compile(
        self,
        desired: DesiredState,
        recorded: RecordedState,
        now: datetime,
        expansions: Expansions = NO_EXPANSIONS,
        *,
        settled: bool = False,
    ) -> Compiled:
        """settled: without effect; nothing is decided."""
        return compile_decided(desired, recorded, now, self._memo, expansions)


class _Expanded(NamedTuple):
    """What of a revision is expanded."""

    expanded: Expanded
    nested: AllNested
    wanted: WantedSources
    findings: list[Finding]


def _find_expanded(
    files: Sequence[ParsedFile],
    every: Sequence[ParsedFile],
    tree: Tree,
    lock: LockFile,
    settings: Settings,
    judges: Tenancy,
    memo: Memo,
) -> _Expanded:
    """every: also the files that declare nothing themselves."""
    contents = {file.path: file.data for file in every if is_marker(file.path)}
    translated = translate(files, settings, judges, memo)
    declared = expanded_objects(files, translated.objects, contents, tree, lock.lock, memo)
    nested = find_nested(declared.objects, every, contents, tree, lock.lock, settings, judges, memo)
    wanted = find_wanted(files, lock, judges, (*translated.objects, *nested.translated), nested.ours)
    values = values_beside((*translated.objects, *nested.translated))
    expanded = Expanded((*declared.objects, *nested.objects), values)
    findings = [*translated.findings, *nested.findings, *wanted.findings]
    return _Expanded(expanded, nested, wanted, [*findings, *check_expanded(expanded), *check_divided(expanded)])


def _findings(file: ParsedFile, defined: DefinedKinds, *, memo: Memo) -> tuple[Finding, ...]:
    return memo(check_file, file, defined)


def _without_expanded(file: ParsedFile, taken: bool, settings: Settings, memo: Memo) -> ParsedFile:
    """The file without what objects of Flux and Argo CD are expanded from. taken: whether that is all of it."""
    return memo(without_templates, file) if taken else memo(without_sources, file, settings.expand)


def _with_blobs(desired: DesiredState, tree: Tree) -> DesiredState:
    """With the ids of what could not be read."""
    unread = desired.broken_files | desired.hidden
    if not unread:
        return desired
    return replace(desired, blobs={name: entry.blob for path, entry in tree.items() if (name := printable(path)) in unread})


def _configuration_alone(file: ParsedFile) -> ParsedFile:
    """The file without its other objects and their issues: its own globs do not include it."""
    objects = tuple(item for item in file.objects if isinstance(item.noun, Settings))
    return replace(
        file, objects=objects, issues=tuple(issue for issue in file.issues if issue.subject.startswith("Configuration"))
    )
