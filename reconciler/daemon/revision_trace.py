"""The trace of a revision: from the push, or from the read that found it, until its objects are Current on all members.

    revision
      fetch, load                     the repository is read, and the files of the revision
      rollout                         from in force until Current
        pass                          one for each pass, with the steps of `passes/` in it
      record                          one for each commit to the status branch

Passes after that, such as those that correct drift, are in no trace. A revision that is refused has a trace that ends with the
reason, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from reconciler.errors import ReconcilerError
from reconciler.model.tracing import NO_TRACER, Attributes, Span, Tracer
from reconciler.notify.commit_status import error_text, problems_of
from reconciler.passes.passes import Pass
from reconciler.passes.verdict import Verdict, verdict_of

_PASSES = 100
"""How many passes of a revision are traced: a rollout that takes hours makes one for each change of a member."""
_PATIENCE = timedelta(minutes=5)
"""How long a problem may last before the trace ends with it: most go away with the next pass."""


class Outcome(StrEnum):
    """How the trace of a revision ended, as its attribute `reconciler.outcome`."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    """Another revision was put in force."""
    REFUSED = "refused"
    """It was not put in force, or it was left because its passes raised errors."""
    FAILED = "failed"
    """A problem lasts that needs a person."""
    STOPPED = "stopped"
    """The process ended."""


@dataclass(frozen=True, slots=True)
class _Fetch:
    trigger: str
    """`webhook` or `poll`."""
    asked: datetime
    """When the webhook arrived, or the poll began."""
    begun: datetime
    ended: datetime | None = None


@dataclass(slots=True)
class RevisionTraces:
    """What the loop calls. It opens one trace at a time. Without a tracer it does nothing."""

    tracer: Tracer = NO_TRACER
    about: Attributes = field(default_factory=dict)
    """Attributes of every trace."""
    _pushed: datetime | None = None
    """When a webhook arrived after the last fetch began."""
    _fetch: _Fetch | None = None
    """The last one."""
    _refused: str = ""
    """The revision whose refusal was traced last."""
    _root: Span | None = None
    _rollout: Span | None = None
    """None when its end is known: the root then ends with the next commit to the status branch."""
    _passes: int = 0
    _troubled: datetime | None = None
    """Since when each pass had a problem."""
    _trouble: str = ""

    @property
    def _on(self) -> bool:
        return self.tracer is not NO_TRACER

    def pushed(self) -> None:
        """Somebody told that the repository changed."""
        if self._on and self._pushed is None:
            self._pushed = _now()

    @contextmanager
    def fetching(self) -> Iterator[None]:
        """Around a read of the repository. Of a push whose fetch failed, the next fetch goes on."""
        if not self._on:
            yield
            return
        now, last = _now(), self._fetch
        pushed, self._pushed = self._pushed, None
        if last is not None and last.ended is None and last.trigger == _WEBHOOK:
            pushed = last.asked
        self._fetch = _Fetch(_WEBHOOK if pushed else _POLL, pushed or now, now)
        yield
        self._fetch = _Fetch(self._fetch.trigger, self._fetch.asked, now, _now())

    def loading(self) -> datetime:
        """The moment, for `begun` and `refused`."""
        return _now()

    def begun(self, revision: str, branch: str, load: datetime, traceparent: str = "") -> None:
        """A revision was put in force. load: when its files began to be read. traceparent: of the trace that this one is part
        of."""
        if self._on:
            self._end(Outcome.SUPERSEDED)
            self._root = self._begin(revision, branch, load, traceparent)
            self._rollout = self.tracer.begin("rollout", within=self._root)
            self._passes, self._troubled, self._refused = 0, None, ""

    def refused(self, revision: str, branch: str, load: datetime, error: Exception) -> None:
        """A revision is not put in force."""
        temporary = isinstance(error, ReconcilerError) and error.temporary
        if self._on and revision not in ("", self._refused) and not temporary:
            self._refused = revision
            root = self._begin(revision, branch, load, "", error_text(error))
            root.note({_OUTCOME: Outcome.REFUSED})
            root.fail(error_text(error))
            root.end()

    def _begin(self, revision: str, branch: str, load: datetime, traceparent: str, problem: str = "") -> Span:
        fetch, self._fetch = self._fetch or _Fetch(_POLL, load, load, load), None
        refs = {"vcs.ref.head.revision": revision, "vcs.ref.head.name": branch}
        attributes = {**self.about, **refs, "reconciler.trigger": fetch.trigger}
        root = self.tracer.begin("revision", attributes, within=traceparent, at=fetch.asked)
        self.tracer.begin("fetch", within=root, at=fetch.begun).end(fetch.ended)
        loaded = self.tracer.begin("load", within=root, at=load)
        if problem:
            loaded.fail(problem)
        loaded.end()
        return root

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Around a pass."""
        if self._rollout is None or self._passes >= _PASSES:
            yield
            return
        self._passes += 1
        with self._rollout.around(), self.tracer.step("pass", {"reconciler.pass": self._passes}):
            yield

    def passed(self, done: Pass, *, pending: bool) -> None:
        """A pass came to its end. pending: whether there is something to record."""
        if self._rollout is None:
            return
        now = _now()
        if verdict_of(done) is Verdict.DONE:
            self._settle(Outcome.CURRENT, pending=pending)
        elif problem := next(problems_of(done), ""):
            self._trouble, self._troubled = problem, self._troubled or now
            if now - self._troubled >= _PATIENCE:
                self._settle(Outcome.FAILED, problem, pending=pending)
        else:
            self._troubled = None

    def left(self, error: Exception) -> None:
        """The revision in force was left for the last good one."""
        self._end(Outcome.REFUSED, error_text(error))

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Around a commit to the status branch."""
        if self._root is None:
            yield
            return
        root = self._root
        with root.around(), self.tracer.step("record"):
            yield
        if self._rollout is None:
            root.end()
            self._root = None if self._root is root else self._root

    def stopped(self) -> None:
        self._end(Outcome.STOPPED)

    def _settle(self, outcome: Outcome, problem: str = "", *, pending: bool) -> None:
        """The end of the rollout is known; that of the trace is when it is recorded."""
        if self._root is not None and self._rollout is not None:
            for span in (self._rollout, self._root):
                span.note({_OUTCOME: outcome})
                if problem:
                    span.fail(problem)
            self._rollout.end()
            self._rollout = None
            if not pending:
                self._end(outcome)

    def _end(self, outcome: Outcome, problem: str = "") -> None:
        if self._rollout is not None:
            self._settle(outcome, problem, pending=True)
        if self._root is not None:
            self._root.end()
            self._root = None


_WEBHOOK, _POLL = "webhook", "poll"
_OUTCOME = "reconciler.outcome"


def _now() -> datetime:
    return datetime.now(UTC)
