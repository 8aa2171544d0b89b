"""Lets autoscalers of the repository act while the loop runs: looks once a second whether a read or a firing is due."""

from __future__ import annotations

import asyncio

from reconciler.daemon.log import ErrorLog, Log
from reconciler.passes.controller import Controller

_LOOK = 1.0
"""Seconds between looks at whether something is due, which cost nothing."""


class Autoscaler:
    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    async def run(self, log: Log) -> None:
        """Until it is cancelled."""
        errors, trouble = ErrorLog(log), ""
        while True:
            try:
                for scale in await self._controller.autoscale():
                    named = {"replicas": scale.replicas, "min": scale.minimum, "max": scale.maximum}
                    numbers = {name: value for name, value in named.items() if value is not None}
                    log.info("scaled", object=str(scale.key), by=str(scale.by), reason="; ".join(scale.reasons), **numbers)
                trouble = ""
            except Exception as problem:
                trouble = errors.add_news("cannot act on autoscalers", problem, trouble)
            await asyncio.sleep(_LOOK)
