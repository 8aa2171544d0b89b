"""What the lock file should pin, as something that is looked for at an interval, and after a push to another repository."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from reconciler.daemon.scheduled_updates import Found
from reconciler.load.source_lock import print_lock
from reconciler.model.desired import DesiredState
from reconciler.model.image_policy import UpdateSettings
from reconciler.model.source_lock import LOCK_FILE
from reconciler.present.source_moves import move_lines, moves_text
from reconciler.repo.revision import Commit
from reconciler.sources.client import Sources
from reconciler.sources.update import Update, update_lock


@dataclass(frozen=True, slots=True)
class NewerSources:
    sources: Callable[[], Sources]
    """For one scan."""
    name: str = "sources"

    def settings(self, desired: DesiredState) -> UpdateSettings:
        return desired.settings.source_updates

    def subject(self, desired: DesiredState) -> object:
        return desired.wanted_sources

    async def find(self, commit: Commit, desired: DesiredState) -> Found:
        """Nothing where a source cannot be resolved: the lock file is written as a whole. Raises ReconcilerError."""
        async with self.sources() as sources:
            update = await update_lock(sources, desired.wanted_sources, desired.source_lock)
        if update.failures:
            raise update.failures[0]
        if not update.is_move:
            return Found({})
        text = print_lock(update.lock) if update.lock.sources else None
        changes = {LOCK_FILE: None if text is None else text.encode()}
        return Found(changes, _message(update), _cause(update), partial(moves_text, update.moves))


def _message(update: Update) -> str:
    lines = move_lines(update.moves)
    subject = f"Update {lines[0]}" if len(lines) == 1 else f"Update {len(lines)} sources"
    return "\n".join([subject, "", *(f"- {line}" for line in lines), ""])


def _cause(update: Update) -> str:
    return hashlib.sha256(repr(update.lock.sources).encode()).hexdigest()[:16]
