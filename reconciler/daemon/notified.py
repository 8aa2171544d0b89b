"""What was told to forges and people, as lines of the log and as a metric."""

from __future__ import annotations

from reconciler.daemon.log import Log
from reconciler.daemon.metrics import Metrics
from reconciler.errors import ReconcilerError
from reconciler.notify.notifier import Listener


def listener(log: Log, metrics: Metrics) -> Listener:
    """Logs what arrived, and the first of several attempts that failed; counts all of them."""

    def sent(to: str, message: str) -> None:
        metrics.notified(to, good=True)
        log.info("told", to=to, message=message)

    def failed(to: str, message: str, error: ReconcilerError, failures: int) -> None:
        metrics.notified(to, good=False)
        if failures == 1:
            log.warning("cannot tell", to=to, message=message, error=error.message, remedy=error.remedy)

    return Listener(sent, failed)
