"""The values of encrypted files, in memory. One for each process that was given a key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any

from reconciler.decrypt.keys import Keys
from reconciler.decrypt.run_sops import DecryptError, decrypt
from reconciler.decrypt.values import Plain, plain_of
from reconciler.jail.isolation import Isolation
from reconciler.model.sealed import Sealed

AT_ONCE = 4
"""Processes of sops at the same time."""
PAUSE = 30.0
"""Seconds until a file is tried again that could not be decrypted: a key may have come since."""


class Decryptor:
    """Holds what was asked for, until it is told to forget."""

    def __init__(self, keys: Keys, clock: Callable[[], float] = monotonic) -> None:
        """clock: seconds, from any begin."""
        self._keys = keys
        self._clock = clock
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._isolation: Isolation | None = None
        self._first = asyncio.Lock()
        self._known: dict[str, Plain] = {}
        """By blob."""
        self._failed: dict[str, tuple[float, DecryptError]] = {}
        """By blob: when it was tried, and what was wrong."""

    async def decrypted(self, files: Iterable[Sealed]) -> Mapping[str, Plain | DecryptError]:
        """By blob, the content of these files, or why a file has none."""
        by_blob = {file.blob: file for file in files}
        missing = [file for blob, file in sorted(by_blob.items()) if blob not in self._known and not self._is_fresh(blob)]
        await asyncio.gather(*map(self._decrypt, missing))
        failed = {blob: error for blob, (_, error) in self._failed.items()}
        return {blob: self._known.get(blob) or failed[blob] for blob in sorted(by_blob)}

    def forget_others(self, files: Iterable[Sealed]) -> None:
        """Forgets what is not among these."""
        blobs = {file.blob for file in files}
        self._known = {blob: one for blob, one in self._known.items() if blob in blobs}
        self._failed = {blob: one for blob, one in self._failed.items() if blob in blobs}

    def _is_fresh(self, blob: str) -> bool:
        return blob in self._failed and self._clock() - self._failed[blob][0] < PAUSE

    async def _jail(self) -> Isolation | None:
        """None where sops is to run as a process: see `run_sops.py`."""
        if not self._keys.need_nothing_else:
            return None
        from reconciler.jail.probe import isolation_here  # late: few commands decrypt

        async with self._first:
            if self._isolation is None:
                self._isolation = await isolation_here(search=self._keys.path)
        return self._isolation if self._isolation.suffices else None

    async def _decrypt(self, file: Sealed) -> None:
        self._failed.pop(file.blob, None)
        try:
            async with self._slots:
                self._known[file.blob] = plain_of(file, await decrypt(file, self._keys, await self._jail()))
        except DecryptError as error:
            self._failed[file.blob] = (self._clock(), error)


def values_of(found: Mapping[str, Plain | DecryptError]) -> Mapping[str, Mapping[str, Any] | str]:
    """By blob: values by seal, or a phrase that says why there are none."""
    return {blob: one.values if isinstance(one, Plain) else str(one).replace("\n ", ".") for blob, one in found.items()}
