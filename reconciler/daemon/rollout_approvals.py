"""Asks the forge for the commit statuses that let a group of a rollout begin, seldom enough, and through its failures."""

from __future__ import annotations

from reconciler.daemon.log import ErrorLog, Log
from reconciler.daemon.waiting import loop_time
from reconciler.errors import ReconcilerError
from reconciler.notify.forge_api import ForgeAddress
from reconciler.notify.secret_file import SecretFile
from reconciler.notify.succeeded_statuses import ask_for_statuses
from reconciler.transition.rollout import STATUS_LOOK


class Approvals:
    def __init__(self, address: ForgeAddress, token: SecretFile, log: Log) -> None:
        self._address, self._token, self._errors = address, token, ErrorLog(log)
        self._last: dict[str, tuple[float, frozenset[str]]] = {}
        """By commit: when it was asked for, by the monotonic clock, and the answer."""
        self._trouble = ""

    async def ask(self, commit: str) -> frozenset[str]:
        """The names of the commit statuses that succeeded; the last answer where it is new, or the forge gives none now."""
        asked, answer = self._last.get(commit, (0.0, frozenset[str]()))
        if commit in self._last and loop_time() - asked < STATUS_LOOK.total_seconds() / 2:
            return answer
        try:
            answer = await ask_for_statuses(self._address, self._token, commit)
        except ReconcilerError as error:
            self._trouble = self._errors.add_news("cannot read commit statuses", error, self._trouble)
        else:
            self._trouble = ""
        self._last = {commit: (loop_time(), answer)}
        return answer
