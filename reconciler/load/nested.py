"""Objects that kustomizations and charts build and that are to be expanded themselves, as far as the files say it. Pure.

What helm and kustomize print is not known when files are read. But where the files of a nested object are is nearly always
written in one file, so such objects are looked for in what a kustomization refers to, each as the patches there make it. That
tells what `reconciler.lock` has to pin, which files belong to whom, and mistakes with file and line, without the programs. When
the output is there, `pipeline/expansions.py` finds the files of an object by what it says about their place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.load import flux
from reconciler.load.charts import ExpandedObject, of_other_tools, of_ours
from reconciler.load.crosscheck import Finding
from reconciler.load.expanded_from import place_of, said_by
from reconciler.load.kustomization import Reached, reached_from
from reconciler.load.not_expanded import Note
from reconciler.load.parse_file import ParsedFile, ParsedObject, printed_name
from reconciler.load.patched import patched
from reconciler.load.translate import Translated, noted, translated_of
from reconciler.load.translation import FindSource, own_namespace, this_repository
from reconciler.model.expansion import CHART, DEEPEST, Tool, is_expanded_kind, is_listed
from reconciler.model.issues import error
from reconciler.model.manifest import Manifest, text
from reconciler.model.memo import Memo
from reconciler.model.settings import Settings
from reconciler.model.source_lock import SourceLock
from reconciler.model.tenant import Tenancy
from reconciler.model.tree import Tree

Key = tuple[str, str]
"""(place, what the source of Flux says)."""
IN_CIRCLE, TOO_DEEP = "ExpansionCycle", "ExpansionTooDeep"


@dataclass(frozen=True, slots=True)
class NestedObject:
    """One object that is built by another one, as files write it."""

    key: Key
    parts: tuple[ExpandedObject, ...]
    """Empty where one of its sources is not locked; `wanted_sources.py` tells that with file and line."""
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class AllNested:
    of: Mapping[int, tuple[NestedObject, ...]] = field(default_factory=dict)
    """By the id of an object that a file declares: all that it builds, at any depth, sorted."""
    objects: tuple[ExpandedObject, ...] = ()
    translated: tuple[Translated, ...] = ()
    ours: tuple[tuple[ParsedFile, ParsedObject], ...] = ()
    """Charts."""
    findings: tuple[Finding, ...] = ()


NOTHING_NESTED = AllNested()


@dataclass(frozen=True, slots=True)
class Repository:
    """What the objects of one revision are looked for in."""

    files: Mapping[str, ParsedFile]
    """Of interest, by path: also those that declare nothing themselves, such as the files of a kustomization."""
    contents: Mapping[str, bytes]
    """Of kustomizations."""
    tree: Tree
    paths: Sequence[str]
    """Of the tree, sorted."""
    lock: SourceLock
    settings: Settings
    judges: Tenancy

    def read(self, path: str) -> bytes:
        """A file with the suffix of a manifest; empty if there is none."""
        return self.files[path].data if path in self.files else b""


def find_nested(
    objects: Iterable[ExpandedObject],
    files: Iterable[ParsedFile],
    contents: Mapping[str, bytes],
    tree: Tree,
    lock: SourceLock,
    settings: Settings,
    judges: Tenancy,
    memo: Memo,
) -> AllNested:
    """objects: those that files declare. files: all of the revision, before any is left out. contents: of those that may be
    kustomizations, by path."""
    found = [file for block in memo.blocks(files) for file in memo(_of_interest, block, memo.tuple(settings.expand))]
    if not any(_expanded_in(file, settings) for file in found):
        return NOTHING_NESTED
    by_path = {file.path: file for file in files}
    search = _Search(Repository(by_path, contents, tree, sorted(tree), lock, settings, judges), found)
    for one in objects:
        search.look_into(one)
    return search.result()


def _of_interest(files: tuple[ParsedFile, ...], listed: tuple[str, ...]) -> list[ParsedFile]:
    return [
        file
        for file in files
        if any(is_expanded_kind(one.gvk) or is_listed(one.gvk, listed) or _is_source(one) for one in file.objects)
    ]


def _is_source(parsed: ParsedObject) -> bool:
    return parsed.gvk.group == flux.SOURCES_GROUP and parsed.gvk.kind in flux.SOURCE_KINDS


def _expanded_in(file: ParsedFile, settings: Settings) -> list[ParsedObject]:
    return [one for one in file.objects if is_expanded_kind(one.gvk) or is_listed(one.gvk, settings.expand)]


class _Search:
    """Looks into each object once."""

    def __init__(self, repository: Repository, files: Sequence[ParsedFile]) -> None:
        self._in = repository
        self._interesting = {file.path: file for file in files}
        self._sources = [(file, one) for file in files for one in file.objects if _is_source(one)]
        self._known: dict[Key, NestedObject] = {}
        self._below: dict[Key, tuple[Key, ...]] = {}
        self._of: dict[int, tuple[Key, ...]] = {}
        self._translated: list[Translated] = []
        self._ours: list[tuple[ParsedFile, ParsedObject]] = []
        self._findings: list[Finding] = []

    def result(self) -> AllNested:
        of = {number: tuple(self._known[key] for key in self._closure(keys)) for number, keys in self._of.items() if keys}
        objects = tuple(part for one in self._known.values() for part in one.parts)
        return AllNested(of, objects, tuple(self._translated), tuple(self._ours), tuple(self._findings))

    def _closure(self, keys: Collection[Key]) -> list[Key]:
        found, rest = set[Key](), list(keys)
        while rest:
            key = rest.pop()
            if key not in found:
                found.add(key)
                rest += self._below.get(key, ())
        return sorted(found)

    def look_into(self, one: ExpandedObject) -> None:
        self._of[id(one)] = self._keys_in(one, [one])

    def _keys_in(self, one: ExpandedObject, chain: list[ExpandedObject]) -> tuple[Key, ...]:
        """chain: all that it is inside of, and itself."""
        found = set[Key]()
        if one.missing:
            return ()
        for file, parsed, as_it_stands in self._candidates(one):
            nested = self._made(file, parsed, one, report=as_it_stands)
            if nested is not None and self._may_enter(nested, parsed, chain):
                found.add(nested.key)
                if nested.key not in self._below:
                    self._below[nested.key] = ()
                    below = [self._keys_in(part, [*chain, part]) for part in nested.parts]
                    self._below[nested.key] = tuple(sorted({key for keys in below for key in keys}))
        return tuple(sorted(found))

    def _may_enter(self, nested: NestedObject, parsed: ParsedObject, chain: Sequence[ExpandedObject]) -> bool:
        name, places = printed_name(parsed), {(one.tool, one.folder) for one in nested.parts}
        if any((one.tool, one.folder) in places for one in chain):
            drawn = " builds ".join(f"{printed_name(one)} ({one.origin})" for one in [*(one.parsed for one in chain), parsed])
            remedy = "Name another folder, or leave this object out of the files that it is built from."
            issue = error(IN_CIRCLE, f"{name} would be expanded from itself: {drawn}", remedy, origin=parsed.origin, subject=name)
            self._findings.append((parsed, issue))
            return False
        if len(chain) >= DEEPEST:
            what = f"{name} is built by an object inside of more than {DEEPEST - 1} others, and is not expanded"
            remedy = "Declare it in a file of its own, outside of folders with a kustomization."
            self._findings.append((parsed, error(TOO_DEEP, what, remedy, origin=parsed.origin, subject=name)))
            return False
        return True

    def _candidates(self, one: ExpandedObject) -> Iterator[tuple[ParsedFile, ParsedObject, bool]]:
        """The objects in the files of another one, as patches make them; and whether they stay as they stand."""
        reached = self._reached(one)
        for path in reached.files:
            file = self._interesting.get(path)
            for parsed in () if file is None else _expanded_in(file, self._in.settings):
                assert file is not None  # noqa: S101 - it has an object
                manifest = patched(parsed.manifest, reached.patches)
                same = manifest is parsed.manifest
                yield file, parsed if same else replace(parsed, manifest=manifest), same

    def _reached(self, one: ExpandedObject) -> Reached:
        repository = self._in
        if one.tool is Tool.HELM:
            return Reached(tuple(path for path in self._interesting if path.startswith(f"{one.folder}/templates/")))
        reached = reached_from(one.named, repository.contents, repository.paths, repository.read, deep=one.deep)
        return replace(reached, patches=(*reached.patches, *one.patches))

    def _made(self, file: ParsedFile, parsed: ParsedObject, outer: ExpandedObject, *, report: bool) -> NestedObject | None:
        """None where it is not known where its files are. report: whether what is wrong is told here."""
        repository = self._in
        if is_expanded_kind(parsed.gvk):
            key = place_of(parsed.manifest), ""
            if key not in self._known:
                part = of_ours(file, parsed, repository.contents, repository.tree, repository.lock)
                self._known[key] = NestedObject(key, (part,), parsed.manifest)
                if parsed.gvk.kind == CHART:
                    self._ours.append((file, parsed))
            return self._known[key]
        named: list[Manifest] = []
        find, is_this = self._finder(file, named), this_repository(repository.settings.repository)
        made, wrong = translated_of(file, parsed, find, is_this)
        if report:
            self._findings += [*noted(file, parsed), *wrong]
        if not made:
            return None
        key = place_of(parsed.manifest), said_by(named[0]) if named else ""
        if key not in self._known:
            parts = [of_other_tools(one, repository.contents, repository.tree, repository.lock) for one in made]
            self._translated += made
            if any(one is not None and one.missing for one in parts) and not report:  # Told when the output is there.
                return None
            locked = tuple(one for one in parts if one is not None)
            self._known[key] = NestedObject(key, locked if len(locked) == len(parts) else (), parsed.manifest)
        return self._known[key]

    def _finder(self, file: ParsedFile, named: list[Manifest]) -> FindSource:
        """Finds sources for the objects of a file. A kustomization may write namespaces, so one that states none may be in any.
        named: gets what is found."""
        judges, owner = self._in.judges, self._in.judges.of(file.path)

        def find(kind: str, namespace: str, name: str) -> Manifest | Note:
            named_so = [(other, one) for other, one in self._sources if (one.gvk.kind, _name(one)) == (kind, name)]
            same = [pair for pair in named_so if judges.of(pair[0].path) in (owner, None)]
            exact = [pair for pair in same if own_namespace(pair[1].manifest) == namespace]
            loose = [pair for pair in same if not text(pair[1].manifest, "metadata", "namespace")]
            near = [pair for pair in exact or loose or same if _folder(pair[0].path) == _folder(file.path)]
            own = near or exact or loose or same
            if len({said_by(one.manifest) for _, one in own}) == 1:
                named.append(own[0][1].manifest)
                return own[0][1].manifest
            if own:
                places = ", ".join(str(one.origin) for _, one in own)
                return Note((), f"names {kind} {name}, which is declared in {places}", "Keep one of them, or state namespaces.")
            return Note((), f"names {kind} {namespace}/{name}, which is not declared", "Declare it in this repository.")

        return find


def _name(parsed: ParsedObject) -> str:
    return text(parsed.manifest, "metadata", "name")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
