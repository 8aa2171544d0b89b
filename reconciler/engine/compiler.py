"""The pipeline with its memory: files already parsed are not parsed again, results already known are not computed again.

One Compiler serves one repository for as long as its process lives; feed it revision after revision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from reconciler.engine.pipeline import Compiled, compile_state
from reconciler.load.assemble import assemble
from reconciler.load.check_file import check_file, custom_schemas, defines_kinds
from reconciler.load.layout import SUFFIXES, leads_astray, matches, wanted
from reconciler.load.parse_file import ParsedFile, parse_file
from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue, error, warning
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.model.recorded import RecordedState
from reconciler.model.settings import Settings
from reconciler.repo.tree import Oversized, TreeEntry

Tree = Mapping[str, TreeEntry]
"""Path → entry, of one revision."""

Hidden = tuple[str, Issue | None]
"""A path behind which nobody looks, and the complaint about it, if any."""


class Compiler:
    def __init__(self) -> None:
        self._memo = Memo()
        # By path and blob: what this pass has read, and what the one before had.
        self._parsed: dict[tuple[str, str], ParsedFile] = {}
        self._parsed_before: dict[tuple[str, str], ParsedFile] = {}

    def missing(self, tree: Tree) -> set[str]:
        """The ids of the blobs that `load` will need the content of."""
        known = self._parsed.keys() | self._parsed_before.keys()
        return {entry.blob for path, entry in _manifests(tree) if (path, entry.blob) not in known}

    def load(self, tree: Tree, blobs: Mapping[str, bytes | Oversized], *, check: Collection[str] | None = None) -> DesiredState:
        """What the revision says. `blobs` holds at least what `missing` named.

        check: the files whose templates are held against their kinds' schemas; all of them by default.
        """
        files, oversized = self._parse(tree, blobs)
        settings = _settings_of(files)
        files = [file for file in files if wanted(file.path, settings.include, settings.exclude)]
        hidden = {path: issue for path, issue in [*oversized, *_not_followed(tree)] if _counts(path, settings)}
        # Of the few files that define kinds, so that a change to any other has nothing but itself checked again.
        schemas = self._memo(custom_schemas, self._memo.tuple(file for file in files if defines_kinds(file)))
        findings = [
            finding for file in files if check is None or file.path in check for finding in self._memo(check_file, file, schemas)
        ]
        findings += [(None, issue) for issue in hidden.values() if issue]
        return assemble(files, findings, self._memo, frozenset(hidden))

    def compile(self, desired: DesiredState, recorded: RecordedState, now: datetime, *, settled: bool = False) -> Compiled:
        """See `pipeline.compile_state`."""
        return compile_state(desired, recorded, now, self._memo, settled=settled)

    def next_pass(self) -> None:
        """Forget what only revisions before the last one needed."""
        self._memo.next_pass()
        self._parsed, self._parsed_before = {}, self._parsed

    def _parse(self, tree: Tree, blobs: Mapping[str, bytes | Oversized]) -> tuple[list[ParsedFile], list[Hidden]]:
        files: list[ParsedFile] = []
        oversized: list[Hidden] = []
        for path, entry in _manifests(tree):
            key = (path, entry.blob)
            file = self._parsed.get(key) or self._parsed_before.get(key)
            if file is None:
                content = blobs[entry.blob]
                if isinstance(content, Oversized):
                    oversized.append((path, _too_large(path, content)))
                    continue
                file = parse_file(path, entry.blob, content)
            self._parsed[key] = file
            files.append(file)
        return files, oversized


def printable(path: str) -> str:
    """A path as it is shown and recorded: bytes that are not UTF-8, which Git lets a name have, become `\\xe9`."""
    return path if path.isascii() else path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _manifests(tree: Tree) -> Iterable[tuple[str, TreeEntry]]:
    files = ((path, entry) for path, entry in tree.items() if entry.is_file and path.endswith(SUFFIXES))
    return ((printable(path), entry) for path, entry in files if not leads_astray(path))


def _settings_of(files: Iterable[ParsedFile]) -> Settings:
    """The Configuration decides which of the other files count; where it stands does not matter."""
    nouns = (found.noun for file in files for found in file.objects)
    return next((noun for noun in nouns if isinstance(noun, Settings)), Settings())


def _counts(path: str, settings: Settings) -> bool:
    """Whether the Configuration lets in what stands here: a file by its name, anything else unless its folder is left out."""
    if path.endswith(SUFFIXES):
        return wanted(path, settings.include, settings.exclude)
    return not any(matches(shown, settings.exclude) for shown in (path, f"{path}/"))


def _not_followed(tree: Tree) -> Iterable[Hidden]:
    """Links, submodules, and files where none can be. A link without the name of a manifest may lead to anything: only what was
    declared there counts."""
    for path, entry in tree.items():
        shown = printable(path)
        if entry.is_link:
            yield shown, _link(shown) if path.endswith(SUFFIXES) else None
        elif entry.is_submodule:
            remedy = "Copy its manifests into this repository, or give them a repository of their own."
            yield shown, warning("Submodule", "submodules are not read", remedy, origin=Origin(shown))
        elif path.endswith(SUFFIXES) and leads_astray(path):
            yield shown, _astray(shown)


def _astray(path: str) -> Issue:
    message = "this path leads out of the tree, or into Git's own folder; no checkout has such a file, and it is not read"
    remedy = "Commit the file anew under an ordinary path; `git fsck` says which commit brought this one."
    return error("PathAstray", message, remedy, origin=Origin(path))


def _link(path: str) -> Issue:
    remedy = "Put the file itself here, or leave the link out with spec.exclude of the Configuration."
    return error("SymbolicLink", "symbolic links are not followed", remedy, origin=Origin(path))


def _too_large(path: str, content: Oversized) -> Issue:
    message = f"the file has {content.size:,} bytes; {content.limit:,} are read at most"
    return error("TooLarge", message, "Split it, or leave it out with spec.exclude of the Configuration.", origin=Origin(path))
