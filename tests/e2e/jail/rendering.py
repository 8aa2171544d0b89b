"""Charts and kustomizations from check to output, as a pass renders them; and without the check, as if it missed something."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.expand.check_chart import check_chart
from reconciler.expand.check_kustomization import check_kustomization
from reconciler.expand.program_messages import explain_helm, explain_kustomize
from reconciler.expand.source_files import SourceFiles
from reconciler.jail.failures import LimitError, ProgramError
from reconciler.jail.helm import Release, helm_template
from reconciler.jail.isolation import Isolation
from reconciler.jail.jail import run
from reconciler.jail.kustomize import kustomize_build
from reconciler.jail.program import MIB, Limits, Output
from reconciler.model.issues import Issue, error, errors_in
from reconciler.model.origin import Origin

STATED = Origin("apps/web.yaml", 7)
"""Where the object that is rendered stands."""
AT = "charts/web"
LIMITS = Limits(seconds=60, memory=400 * MIB)
CHART = b"apiVersion: v2\nname: web\nversion: 0.1.0\n"


@dataclass(frozen=True)
class Rendering:
    """One object to be rendered by one program."""

    program: Path
    isolation: Isolation
    contents: Mapping[str, bytes]
    values: Sequence[str] = ()
    links: frozenset[str] = frozenset()
    folder: str = ""

    @property
    def source(self) -> SourceFiles:
        return SourceFiles(self.contents, AT, self.links)

    async def refused(self) -> list[Issue]:
        """The errors: of the check, or of the program. It must be refused."""
        is_chart = "helm" in self.program.name
        if is_chart:
            found = check_chart(self.source, self.folder, values=self.values, stated=STATED)
        else:
            found = check_kustomization(self.source, self.folder)
        if errors := errors_in(found):
            return errors
        try:
            output = await self.without_check()
        except ProgramError as failure:
            explain = explain_helm if is_chart else explain_kustomize
            return [explain(failure.stderr, self.source, self.folder)]
        except LimitError as failure:
            return [error("RenderFailed", failure.message, failure.remedy, origin=STATED)]
        raise AssertionError(f"it was rendered: {output.stdout!r}")

    async def without_check(self) -> Output:
        if "helm" in self.program.name:
            program, files = helm_template(self.program, Release("r", "n"), self.contents, folder=self.folder, values=self.values)
            return await run(program, files, limits=LIMITS, isolation=self.isolation)
        program = kustomize_build(self.program, self.folder)
        return await run(program, self.contents, limits=LIMITS, isolation=self.isolation)


def packed(files: Mapping[str, bytes]) -> bytes:
    """A chart archive with files of these names, whatever they are."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()
