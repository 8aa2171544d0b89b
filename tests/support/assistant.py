"""An assistant: the client of the protocol's own library, which starts `reconciler mcp` as a process of its own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.support.program import PROGRAM, asyncio_forks, clean_environment

MOST_BYTES = 4096


@dataclass(frozen=True)
class Answered:
    text: str
    failed: bool

    @property
    def data(self) -> str:
        """What other people wrote, without the marks; a line that was continued is one again."""
        parts = [line for line in self.text.splitlines() if line.startswith(("| ", "|+ "))]
        return "".join(line[3:] if line.startswith("|+ ") else f"\n{line[2:]}" for line in parts).removeprefix("\n")

    @property
    def own(self) -> str:
        """What the program says itself."""
        return "\n".join(line for line in self.text.splitlines() if not line.startswith(("| ", "|+ ")))

    @property
    def cursor(self) -> str:
        """Empty where nothing is left out."""
        return self.own.partition('cursor="')[2].partition('"')[0]


class Assistant:
    """One conversation."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session

    async def ask(self, tool: str, **arguments: Any) -> Answered:
        """One answer, which is never longer than promised."""
        result = await self.session.call_tool(tool, arguments)
        (content,) = result.content
        text: str = content.text  # type: ignore[union-attr]
        assert len(text.encode()) <= MOST_BYTES, tool
        return Answered(text, result.is_error)

    async def ask_all(self, tool: str, **arguments: Any) -> list[Answered]:
        """All parts of one answer."""
        parts = [await self.ask(tool, **arguments)]
        while cursor := parts[-1].cursor:
            parts.append(await self.ask(tool, **arguments, cursor=cursor))
        return parts


def converse(repository: Path | str, talk: Callable[[Assistant], Awaitable[None]], *options: str, **environment: str) -> str:
    """Starts the process, lets an assistant talk to it, and ends it; returns what it wrote to stderr."""
    with asyncio_forks():
        return asyncio.run(_converse(str(repository), talk, options, environment))


async def _converse(
    repository: str, talk: Callable[[Assistant], Awaitable[None]], options: Sequence[str], environment: dict[str, str]
) -> str:
    program, *first = PROGRAM
    parameters = StdioServerParameters(
        command=program, args=[*first, "mcp", "--repo", repository, *options], env=clean_environment(**environment)
    )
    with tempfile.TemporaryFile("w+") as errors:
        async with stdio_client(parameters, errors) as (incoming, outgoing), ClientSession(incoming, outgoing) as session:
            await session.initialize()
            await talk(Assistant(session))
        errors.seek(0)
        return errors.read()
