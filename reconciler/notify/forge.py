"""Requests to the API of a forge about one repository."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from reconciler.notify.forge_api import ForgeAddress, login, repository_url
from reconciler.notify.http_door import HttpDoor, RefusedError
from reconciler.notify.request import Request

_PAGE = 50
"""Items of a list in one answer: the most that Gitea gives by default."""
_MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Forge:
    """Every method raises RefusedError, NoAnswerError."""

    address: ForgeAddress
    headers: Mapping[str, str] = field(repr=False)
    door: HttpDoor

    async def ask(
        self, method: str, path: str, body: Any = None, *, basic: tuple[str, str] | None = None, anywhere: bool = False
    ) -> Any:
        """The document of the answer.

        path: below the repository; with `anywhere`, below the API. basic: user and password in place of the token.
        """
        headers = self.headers
        if basic is not None:
            headers = {"Authorization": f"Basic {base64.b64encode(':'.join(basic).encode()).decode()}"}
        start = self.address.api if anywhere else repository_url(self.address)
        return await self.door.ask(Request(f"{start}{path}", body, headers, method=method))

    async def find(self, path: str, *, anywhere: bool = False) -> Any:
        """As `ask` with GET; None where there is no such thing."""
        try:
            return await self.ask("GET", path, anywhere=anywhere)
        except RefusedError as error:
            if error.status != 404:
                raise
            return None

    async def every(self, path: str) -> list[dict[str, Any]]:
        """All items of a list. path: may have a query."""
        return [one async for one in self.each(path)]

    async def each(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """The items of a list, by pages, as long as the caller goes on."""
        start, items = f"{path}{'&' if '?' in path else '?'}", list[dict[str, Any]]()
        for page in range(1, _MOST_PAGES):
            some = await self.ask("GET", f"{start}page={page}&per_page={_PAGE}&limit={_PAGE}")
            new = [one for one in some if one not in items]  # A forge without pages for this list gives all of it each time.
            items += new
            for one in new:
                yield one
            if not new:  # A forge may be set up to give fewer than we ask for: a short page need not be the last one.
                break


@asynccontextmanager
async def connected_forge(address: ForgeAddress, token: str) -> AsyncIterator[Forge]:
    """token: of somebody who may administer the repository."""
    async with HttpDoor() as door:
        yield Forge(address, login(address.kind, token), door)
