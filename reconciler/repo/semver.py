"""`semver:RANGE`: the newest tag whose version is in a range (`model/semver.py`)."""

from __future__ import annotations

from reconciler.model.semver import Precedence, RangeError, is_release, parse_range, precedence
from reconciler.model.wording import first_few
from reconciler.repo.command import GitCommand
from reconciler.repo.failures import RepositoryError

PREFIX = "semver:"
_SHOWN = 5
"""Tags that a message names."""


def newest_tag(git: GitCommand, text: str) -> str:
    """The full name of the newest tag in the range. Of two with one version, which differ in build metadata, the later one.

    Raises RepositoryError where the text is no range, or no tag is in it.
    """
    try:
        wanted = parse_range(text)
    except RangeError as error:
        raise RepositoryError(
            f"{git.place}: {text!r} is no range of versions: {str(error)!r} is not understood",
            remedy="Such as 1.2.x, ^1.2, '>=1.2 <2' or '>=1.2.0-0', which includes prereleases.",
        ) from None
    found: list[tuple[Precedence, int, str]] = []
    listing = git.run("for-each-ref", "--format=%(creatordate:unix) %(refname:strip=2)", "refs/tags/")
    for line in listing.decode("utf-8", "surrogateescape").splitlines():
        time, _, name = line.partition(" ")
        if (key := precedence(name)) is not None:
            found.append((key, int(time or 0), name))
    chosen = [row for row in found if wanted.holds(row[2])]
    if not chosen:
        newest = [name for *_, name in sorted(found, reverse=True)]
        remedy = f"The newest versions are {first_few(newest, _SHOWN)}." if newest else "No tag is a version, such as v1.2.3."
        if any(not is_release(key) for key, *_ in found):
            remedy += " Prereleases are in a range that names one, such as >=1.2.0-0."
        raise RepositoryError(f"{git.place}: no tag is in the range {text}", remedy=remedy)
    return f"refs/tags/{max(chosen)[2]}"
