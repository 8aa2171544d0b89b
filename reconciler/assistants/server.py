"""The Model Context Protocol on stdin and stdout: lists the tools and calls them. What goes wrong is logged to stderr.

One question is answered at a time, with one compiler, which remembers what the question before has compiled. A question whose
asker has gone is answered to its end, because a compile in a thread cannot be stopped.
"""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams, TextContent, ToolAnnotations
from mcp_types import Tool as ListedTool
from pydantic import ValidationError

from reconciler import __version__
from reconciler.answers.arguments import ArgumentError
from reconciler.assistants.pages import DATA, Answer, Pages
from reconciler.assistants.questions import Fleet
from reconciler.assistants.tools import Tool
from reconciler.errors import ReconcilerError
from reconciler.model.spelling import did_you_mean

_INSTRUCTIONS = (
    "Answers about a fleet of Kubernetes clusters that a Git repository declares: policies place workloads on member clusters. "
    f"{DATA} Long answers are cut; their last line says how to get the rest. "
    "To find out why something is where it is, use explain; to see what a change would do, validate and diff."
)
_FETCH_AFTER = 10.0
"""Seconds after which the repository at a URL is fetched again."""


@dataclass(slots=True)
class ToolServer:
    fleet: Fleet
    tools: Mapping[str, Tool]
    _pages: Pages = field(default_factory=Pages)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _fetched: float = field(default_factory=time.monotonic)

    async def serve(self) -> None:
        """Until stdin ends."""
        server: Server[Any] = Server(
            "reconciler",
            version=__version__,
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    async def _list(self, context: object, parameters: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[_listed(tool) for tool in self.tools.values()])

    async def _call(self, context: object, parameters: CallToolRequestParams) -> CallToolResult:
        return await asyncio.shield(asyncio.create_task(self._answered(parameters.name, parameters.arguments or {})))

    async def _answered(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        async with self._lock:
            try:
                text, failed = await self._text(name, arguments)
            except ReconcilerError as error:
                text, failed = self._failure(error.message, error.remedy)
            except Exception:
                traceback.print_exc(file=sys.stderr)
                text, failed = self._failure("this is a mistake in the program; its log, on stderr, says more", "")
        return CallToolResult(content=[TextContent(type="text", text=text)], is_error=failed)

    async def _text(self, name: str, arguments: Mapping[str, Any]) -> tuple[str, bool]:
        """Raises ReconcilerError."""
        tool = self.tools.get(name)
        if tool is None:
            guess = did_you_mean(name, self.tools)
            raise ArgumentError(f"there is no tool {name[:60]}. {guess}".rstrip(), remedy=f"The tools: {', '.join(self.tools)}.")
        wanted = _checked(tool, arguments)
        asked = (name, wanted.model_copy(update={"cursor": ""}))
        if wanted.cursor:
            return self._pages.next(wanted.cursor, asked), False
        await self._refresh()
        answer = await tool.answer(self.fleet, wanted)
        return self._pages.first(answer, asked), answer.failed

    async def _refresh(self) -> None:
        """Lets the compiler forget what the last two questions did not need, and fetches what is at a URL. Raises
        ReconcilerError."""
        await self.fleet.opened.compiler.next_pass()
        if self.fleet.opened.repository.is_mirror and time.monotonic() - self._fetched > _FETCH_AFTER:
            await self.fleet.opened.repository.fetch()
            self._fetched = time.monotonic()

    def _failure(self, message: str, remedy: str) -> tuple[str, bool]:
        lines = (message, remedy) if remedy else (message,)
        return self._pages.first(Answer(lines, "This could not be answered", failed=True), None), True


def _checked(tool: Tool, arguments: Mapping[str, Any]) -> Any:
    """Raises ArgumentError."""
    try:
        return tool.arguments.model_validate(dict(arguments))
    except ValidationError as error:
        problems = [
            _problem(tool, one["type"], ".".join(map(str, one["loc"])), one["msg"])
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise ArgumentError("; ".join(problems[:5]), remedy=f"The arguments of {tool.name} are listed in its schema.") from error


def _problem(tool: Tool, kind: str, place: str, message: str) -> str:
    if kind == "extra_forbidden":
        return f"{place[:60]}: there is no such argument. {did_you_mean(place, tool.arguments.model_fields)}".rstrip()
    return f"{place[:60]}: {message}"


def _listed(tool: Tool) -> ListedTool:
    return ListedTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments.model_json_schema(),
        annotations=ToolAnnotations(
            read_only_hint=not tool.writes, destructive_hint=False, idempotent_hint=not tool.writes, open_world_hint=False
        ),
    )
