"""`diff --with`: what is upgraded, as the user names it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.session import Session
from reconciler.cli.session import now
from reconciler.expanding.programs import Programs
from reconciler.review.diff import RevisionDiff, diff_revisions
from reconciler.review.diff_upgrade import diff_programs
from reconciler.review.other_program import find_version, program_in, render_with
from reconciler.review.revision_pair import Sides
from reconciler.review.upgrade import Rendered, Upgrade

With = Annotated[
    str,
    typer.Option(
        "--with",
        metavar="VERSION|PATH|helm=PATH|kustomize=PATH|kubernetes=RELEASE",
        help="Compare BASE with itself, as another installed version of this program renders it, or another helm or kustomize, "
        "or as it is placed where each member is of another release of Kubernetes.",
    ),
]


@dataclass(frozen=True, slots=True)
class UpgradeQuery:
    """What to upgrade, and the revision."""

    what: str
    """helm, kustomize or kubernetes; empty for this program."""
    which: str
    """The path, version or release."""
    revision: str

    @classmethod
    def of(cls, text: str, base: str, *, alone: bool) -> UpgradeQuery:
        """alone: whether no other option says what is compared. Raises BadParameter."""
        if not alone:
            raise _refused("it compares one revision with itself: leave out HEAD, --live, --worktree and --judges")
        what, equals, which = text.partition("=")
        if not equals or "/" in what:
            return cls("", text, base or "HEAD")
        if what not in _KINDS or not which:
            raise _refused(f"{text} names none of {', '.join(_KINDS)}, and no version of this program")
        if what == "kubernetes":
            from reconciler.load.schemas.kubernetes_kinds import releases  # It reads many files.

            known = releases()
            if which not in known:
                raise _refused(f"what Kubernetes {which} serves is not known; known are {', '.join(known)}")
        elif not Path(which).is_file():
            raise _refused(f"there is no program at {which}")
        return cls(what, which, base or "HEAD")

    @property
    def words(self) -> str:
        return f"{self.what or 'reconciler'} {self.which}"

    @property
    def program(self) -> Path | None:
        """The path, where it names one of this program; None for a version."""
        path = Path(self.which).expanduser()
        return path if "/" in self.which or path.exists() else None


def _refused(why: str) -> typer.BadParameter:
    return typer.BadParameter(why, param_hint="--with")


_KINDS = ("helm", "kustomize", "kubernetes")


async def diff_with(opened: Session, query: UpgradeQuery, repo: str, cache: Path, programs: Programs) -> RevisionDiff:
    """Raises ReconcilerError."""
    repository, compiler = opened.repository, opened.compiler
    if not query.what:
        version = query.which.removeprefix("v")
        program = program_in(query.program) if query.program else await find_version(version, Path.home())

        async def render() -> Rendered:
            named = {"--helm": programs.helm, "--kustomize": programs.kustomize}
            options = [word for option, file in named.items() if file is not None for word in (option, str(file))]
            if programs.unsafe:
                options.append("--unsafe-render")
            return await render_with(program, [query.revision, "--repo", repo, "--cache", str(cache), *options])

        return await diff_programs(repository, compiler, query.revision, render, now(), query.words)
    if query.what == "kubernetes":
        upgrade = Upgrade(kubernetes=query.which, words=query.words)
    else:
        file = Path(query.which)  # `Programs.find` makes it absolute.
        changed = replace(programs, helm=file) if query.what == "helm" else replace(programs, kustomize=file)
        upgrade = Upgrade(Session(repository, changed, opened.cache).compiler, words=query.words)
    return await diff_revisions(repository, compiler, Sides(query.revision, query.revision), now(), opened.place, upgrade=upgrade)
