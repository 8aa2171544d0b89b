"""Which helm and kustomize are run."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from reconciler.jail.failures import JailError
from reconciler.model.expansion import Tool


@dataclass(frozen=True, slots=True)
class Programs:
    """As the user names them."""

    helm: Path | None = None
    """None: the one in PATH."""
    kustomize: Path | None = None
    """None: the one in PATH."""
    unsafe: bool = False
    """Whether they may run where nothing isolates them (--unsafe-render)."""

    def find(self, tool: Tool) -> Path:
        """Raises JailError where there is none."""
        named = self.helm if tool is Tool.HELM else self.kustomize
        found = shutil.which(tool.value if named is None else named)
        if found is None:
            where = "is not in PATH" if named is None else f"is not an executable file: {named}"
            raise JailError(f"{tool} {where}", remedy=f"Install {tool}, or name it with --{tool} FILE.")
        return Path(found).resolve()


FROM_PATH = Programs()
