"""Runs helm and kustomize in a jail (`jail/`)."""

from __future__ import annotations

import asyncio
import os

from reconciler.expand.invocation import Invocation
from reconciler.expanding.programs import FROM_PATH, Programs
from reconciler.jail.isolation import Isolation
from reconciler.jail.jail import run
from reconciler.jail.probe import isolation_here
from reconciler.jail.program import Limits, Program
from reconciler.model.expansion import Tool

LIMITS = Limits()


class JailRenderer:
    """A Renderer. As many programs run at once as there are cores."""

    def __init__(self, programs: Programs = FROM_PATH, limits: Limits = LIMITS) -> None:
        self._programs = programs
        self._limits = limits
        self._isolation: Isolation | None = None
        self._versions: dict[Tool, str] = {}
        self._first = asyncio.Lock()
        self._turns = asyncio.Semaphore(os.cpu_count() or 1)

    async def version(self, tool: Tool) -> str:
        async with self._first:
            if tool not in self._versions:
                words = ("version", "--short") if tool is Tool.HELM else ("version",)
                self._versions[tool] = (await self._run(Invocation(tool, words, {}))).strip()
            return self._versions[tool]

    async def render(self, invocation: Invocation) -> str:
        async with self._turns:
            return await self._run(invocation)

    async def _run(self, invocation: Invocation) -> str:
        path = self._programs.find(invocation.tool)
        if self._isolation is None:
            self._isolation = await isolation_here(unsafe=self._programs.unsafe)
        program = Program(path, invocation.arguments)
        output = await run(
            program, invocation.files, limits=self._limits, isolation=self._isolation, in_memory=invocation.private
        )
        return output.stdout.decode("utf-8", "replace")
