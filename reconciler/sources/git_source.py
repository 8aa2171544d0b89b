"""A commit of another Git repository, and the files in it."""

from __future__ import annotations

from urllib.parse import urlsplit

from reconciler.model.source_lock import BRANCH, COMMIT, TAG
from reconciler.model.tree import Oversized
from reconciler.repo.client import Repository
from reconciler.repo.options import GitOptions
from reconciler.sources.credential_folders import folder_for
from reconciler.sources.failures import ArchiveError, SourceError
from reconciler.sources.options import SourceOptions


async def open_mirror(url: str, options: SourceOptions, *, offline: bool = False) -> Repository:
    """offline: whether a mirror that is there is not brought up to date. Raises RepositoryError, SourceError."""
    host = urlsplit(url).netloc if url.startswith("http://") else ""
    if host and host not in options.plain_http:
        remedy = f"Use https or ssh. Where everyone on the network is trusted: --plain-http {host}."
        raise SourceError(f"{url} is at plain http", remedy=remedy)
    git = GitOptions(credentials=folder_for(options.credentials, url))
    return await Repository.open(url, cache=options.mirrors, options=git, offline=offline)


async def resolve_commit(url: str, version: str, options: SourceOptions) -> tuple[str, str]:
    """(what it is: the branch, tag or commit; the id of the commit). Raises RepositoryError, SourceError."""
    async with await open_mirror(url, options) as repository:
        word, _, name = version.partition(":")
        if f"{word}:" == COMMIT:
            return name, (await repository.resolve(name)).sha
        if f"{word}:" in (BRANCH, TAG):
            ref = f"refs/{'heads' if f'{word}:' == BRANCH else 'tags'}/{name}"
            return name, (await repository.resolve(ref)).sha
        ref = await repository.newest_tag(version)
        return ref.removeprefix("refs/tags/"), (await repository.resolve(ref)).sha


async def read_files(url: str, commit: str, options: SourceOptions) -> dict[str, bytes]:
    """Path → content of each file of a commit. Raises RepositoryError, SourceError, ArchiveError."""
    place, limits = f"{url} {commit[:12]}", options.limits
    async with await open_mirror(url, options, offline=True) as repository:
        if not await repository.has_commit(commit):
            await repository.fetch()
        if not await repository.has_commit(commit):
            remedy = (
                "Its branch may have been rewritten. Run `reconciler update` to pin what is there now, and review what changed."
            )
            raise SourceError(f"{place}: the repository has no such commit any more", remedy=remedy)
        tree = await repository.read_tree(await repository.resolve(commit))
        entries = {path: entry for path, entry in tree.items() if entry.is_file}
        if len(entries) > limits.files:
            raise ArchiveError(f"{place}: the repository has more than {limits.files:,} files", remedy=_SPLIT)
        blobs = await repository.read_blobs({entry.blob for entry in entries.values()}, limit=limits.archive)
    files: dict[str, bytes] = {}
    total = 0
    for path, entry in sorted(entries.items()):
        content = blobs[entry.blob]
        total += content.size if isinstance(content, Oversized) else len(content)
        if isinstance(content, Oversized) or total > limits.unpacked:
            raise ArchiveError(f"{place}: the repository holds more than {limits.unpacked:,} bytes of files", remedy=_SPLIT)
        files[path] = content
    return files


_SPLIT = "Take a repository with fewer files."
