"""What Charts and Kustomizes with encrypted values come to with these values.

All of it is in memory, for as long as passes ask for it; its keys are HMACs with a key that only this process has.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

from reconciler.decrypt.run_sops import DecryptError
from reconciler.decrypt.values import Plain
from reconciler.expand.decrypted import Opened, opened_children, opened_request, opened_texts
from reconciler.model.expansion import Expansion, ExpansionKey, ExpansionRequest
from reconciler.model.sealed_expansion import SealedExpansion

Expand = Callable[[Collection[ExpansionRequest], Mapping[str, bytes]], Awaitable[Mapping[ExpansionKey, Expansion]]]
"""Requests, and by blob the plain text of the files that private ones read. Raises RepositoryError."""


class DecryptedExpansions:
    def __init__(self, expand: Expand) -> None:
        """expand: keeps nothing of private requests."""
        self._expand = expand
        self._secret = secrets.token_bytes(32)
        self._known: dict[tuple[ExpansionKey, ExpansionKey], Opened | str] = {}
        """By the keys of the requests with seals and with values."""

    async def open(
        self, expansions: Iterable[SealedExpansion], files: Mapping[str, Plain | DecryptError]
    ) -> Mapping[ExpansionKey, Opened | str]:
        """By the key of each request with seals: its children with values, or why there are none, as a clause.

        files: by blob, those that were decrypted. Raises RepositoryError.
        """
        found: dict[ExpansionKey, Opened | str] = {}
        for one in {one.request.key: one for one in expansions}.values():
            asked = self._asked(one, files)
            if isinstance(asked, str):
                found[one.request.key] = asked
                continue
            texts, request, opened = asked
            pair = one.request.key, request.key
            answer = self._known.get(pair)
            if answer is None:
                answer, lasting = await self._opened(one, texts, request, opened)
                if lasting:
                    self._known[pair] = answer
            found[one.request.key] = answer
        return found

    def forget_others(self, expansions: Iterable[SealedExpansion]) -> None:
        """Forgets what is not among these."""
        keys = {one.request.key for one in expansions}
        self._known = {pair: answer for pair, answer in self._known.items() if pair[0] in keys}

    def _asked(
        self, one: SealedExpansion, files: Mapping[str, Plain | DecryptError]
    ) -> tuple[Mapping[str, str], ExpansionRequest, Mapping[str, bytes]] | str:
        """What its parent takes with values, the request with values, and the plain texts of its files by blob."""
        plain: dict[str, Plain] = {}
        for file in one.files:
            content = files[file.blob]
            if isinstance(content, DecryptError):
                return str(content).replace("\n ", ".")
            plain[file.blob] = content
        texts = opened_texts(one, {blob: content.values for blob, content in plain.items()})
        if isinstance(texts, str):
            return texts
        opened = {blob: content.text for blob, content in plain.items()}
        request = opened_request(one, texts, opened.values(), self._secret)
        return request if isinstance(request, str) else (texts, request, opened)

    async def _opened(
        self, one: SealedExpansion, texts: Mapping[str, str], request: ExpansionRequest, opened: Mapping[str, bytes]
    ) -> tuple[Opened | str, bool]:
        """And whether it lasts."""
        made = await self._expand([one.request, request], opened)
        before, after = made[one.request.key], made[request.key]
        lasting = before.lasting and after.lasting
        for expansion in (before, after):
            if expansion.failure is not None:
                return expansion.failure.message, lasting
        return opened_children(one, before, after, texts), lasting
