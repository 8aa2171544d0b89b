"""The interface through which helm and kustomize are run."""

from __future__ import annotations

from typing import Protocol

from reconciler.expand.invocation import Invocation
from reconciler.model.expansion import Tool


class Renderer(Protocol):
    async def version(self, tool: Tool) -> str:
        """What the program says of its version: an expansion by another version is another one. Raises JailError where the
        program cannot be run here."""

    async def render(self, invocation: Invocation) -> str:
        """What the program prints. Raises RunError."""
