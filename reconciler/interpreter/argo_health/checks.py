"""The vocabulary in which the rules of custom kinds are written down.

Most operators report in one of a few ways: a condition that decides, a word for the phase, a generation that must have been
seen, a flag that pauses. Each way is a frozen value here, a *check*: called with an object it gives an `Opinion`, or None
when it has nothing to say. A `Rule` asks its checks in order. A kind that reports in its own way has a plain function of
the same shape among its checks, so data and logic mix without a second mechanism.

Nothing here raises, whatever shape an object has: a field of a wrong type is as good as an absent one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.model.health import Opinion, Verdict
from reconciler.model.manifest import Manifest, get, sequence, text

Check: TypeAlias = Callable[[Manifest], Opinion | None]

HEALTHY, SUSPENDED, PROGRESSING = Verdict.HEALTHY, Verdict.SUSPENDED, Verdict.PROGRESSING
MISSING, DEGRADED, UNKNOWN = Verdict.MISSING, Verdict.DEGRADED, Verdict.UNKNOWN

NOT_REPORTED = Opinion(PROGRESSING, "no status has been reported yet")
ALL_WELL = Opinion(HEALTHY)


@dataclass(frozen=True, slots=True)
class Rule:
    checks: tuple[Check, ...]
    otherwise: Opinion = NOT_REPORTED
    """Where no check has anything to say."""

    def __call__(self, manifest: Manifest) -> Opinion:
        return next((opinion for check in self.checks if (opinion := check(manifest))), self.otherwise)


def rule(*checks: Check, otherwise: Opinion | Verdict = NOT_REPORTED) -> Rule:
    return Rule(checks, Opinion(otherwise) if isinstance(otherwise, Verdict) else otherwise)


@dataclass(frozen=True, slots=True)
class When:
    """What a condition means."""

    type: str | None
    """None: of any type."""
    status: str | None
    """True, False, Unknown; None: whatever it is."""
    verdict: Verdict
    reasons: frozenset[str] | None = None
    """Only for these; None: for any reason."""
    message: str = ""
    """Instead of the condition's own message, or else its reason."""
    fresh: bool = False
    """Only where the condition is about the present generation, as far as both are told."""

    def matches(self, condition: Any, generation: Any) -> bool:
        return (
            (self.type is None or self.type == text(condition, "type"))
            and (self.status is None or self.status == text(condition, "status"))
            and (self.reasons is None or text(condition, "reason") in self.reasons)
            and (not self.fresh or generation is None or get(condition, "observedGeneration") in (None, generation))
        )


@dataclass(frozen=True, slots=True)
class Conditions:
    """Walks the conditions in list order; the first with a meaning decides."""

    meanings: tuple[When, ...]
    path: tuple[str, ...] = ("status", "conditions")
    last_only: bool = False
    """For operators that append: only the newest counts."""

    def __call__(self, manifest: Manifest) -> Opinion | None:
        generation = get(manifest, "metadata", "generation")
        conditions = sequence(manifest, *self.path)
        for condition in conditions[-1:] if self.last_only else conditions:
            for meaning in self.meanings:
                if meaning.matches(condition, generation):
                    return Opinion(meaning.verdict, meaning.message or told_by(condition))
        return None


def conditions(*meanings: When | tuple[When, ...]) -> Conditions:
    """In list order of the object; several of these in one rule ask in the rule's order instead."""
    return Conditions(tuple(one for item in meanings for one in (item if isinstance(item, tuple) else (item,))))


def condition(
    name: str,
    true: Verdict | None = None,
    false: Verdict | None = None,
    unknown: Verdict | None = None,
    other: Verdict | None = None,
    *,
    reasons: frozenset[str] | None = None,
    message: str = "",
    fresh: bool = False,
) -> tuple[When, ...]:
    """The meanings of one type of condition by its status; `other` for every status without one of its own."""
    by_status = (("True", true), ("False", false), ("Unknown", unknown), (None, other))
    return tuple(When(name, status, verdict, reasons, message, fresh) for status, verdict in by_status if verdict)


@dataclass(frozen=True, slots=True)
class Every:
    """These conditions must all be True, once there are any conditions at all."""

    types: tuple[str, ...]
    otherwise: Verdict | None = DEGRADED

    def __call__(self, manifest: Manifest) -> Opinion | None:
        if not sequence(manifest, "status", "conditions"):
            return None
        missing = [name for name in self.types if not holds(manifest, name)]
        if not missing:
            return ALL_WELL
        said = next((told_by(one) for one in found(manifest, *missing, status=None) if told_by(one)), "")
        return None if self.otherwise is None else Opinion(self.otherwise, said or f"not yet: {', '.join(missing)}")


READY = conditions(condition("Ready", true=HEALTHY, false=DEGRADED))
"""The commonest rule of all: the Ready condition decides, and there is hope until it does."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word at a path, such as a phase, and what each one means."""

    path: tuple[str, ...]
    meanings: Mapping[Any, Verdict]
    """By text, truth value or number."""
    other: Verdict | None = None
    """For a word without a meaning here."""
    message: tuple[str, ...] = ()
    """Where the object explains itself; the word is shown where it does not."""

    def __call__(self, manifest: Manifest) -> Opinion | None:
        word = get(manifest, *self.path)
        if word is None or not isinstance(word, (str, bool, int)):
            return None
        verdict = self.meanings.get(word, self.other)
        said = text(manifest, *self.message) if self.message else ""
        return None if verdict is None else Opinion(verdict, said or f"{self.path[-1]} is {word}")


def word(path: str, meanings: Mapping[Any, Verdict] | None = None, *, other: Verdict | None = None, message: str = "") -> Word:
    """path, message: member names with dots between them."""
    return Word(tuple(path.split(".")), meanings or {}, other, tuple(message.split(".")) if message else ())


@dataclass(frozen=True, slots=True)
class Each:
    """A word of every item of a list; the meaning that is declared first outweighs the others."""

    path: tuple[str, ...]
    member: str
    meanings: Mapping[str, Verdict]

    def __call__(self, manifest: Manifest) -> Opinion | None:
        said = [text(item, self.member) for item in sequence(manifest, *self.path)]
        decisive = next((word for word in self.meanings if word in said), None)
        return None if decisive is None else Opinion(self.meanings[decisive], f"{self.path[-1]}: {self.member} is {decisive}")


def words(verdict: Verdict, *meant: str) -> dict[str, Verdict]:
    return dict.fromkeys(meant, verdict)


@dataclass(frozen=True, slots=True)
class Paused:
    """A flag that stops the operator: true at the path."""

    path: tuple[str, ...]

    def __call__(self, manifest: Manifest) -> Opinion | None:
        return Opinion(SUSPENDED, f"{'.'.join(self.path)} is set") if get(manifest, *self.path) is True else None


def paused(path: str = "spec.paused") -> Paused:
    return Paused(tuple(path.split(".")))


@dataclass(frozen=True, slots=True)
class Annotated:
    """An annotation with a certain value."""

    name: str
    value: str
    opinion: Opinion

    def __call__(self, manifest: Manifest) -> Opinion | None:
        return self.opinion if get(manifest, "metadata", "annotations", self.name) == self.value else None


@dataclass(frozen=True, slots=True)
class Lagging:
    """The controller has not seen the present generation."""

    strict: bool = False
    """Where it does not say what it has seen, it has seen nothing."""
    path: tuple[str, ...] = ("status", "observedGeneration")

    def __call__(self, manifest: Manifest) -> Opinion | None:
        generation, observed = get(manifest, "metadata", "generation"), get(manifest, *self.path)
        if generation == observed or (not self.strict and None in (generation, observed)):
            return None
        return Opinion(PROGRESSING, f"generation {generation} has not been seen yet")


@dataclass(frozen=True, slots=True)
class Absent:
    """Nothing at the path, neither a value nor an empty one."""

    path: tuple[str, ...]
    opinion: Opinion = NOT_REPORTED

    def __call__(self, manifest: Manifest) -> Opinion | None:
        return self.opinion if get(manifest, *self.path) in (None, {}, [], "") else None


def going(manifest: Manifest) -> Opinion | None:
    """For the few kinds whose rule asks this itself, before an unfinished status is looked at."""
    return Opinion(PROGRESSING, "being deleted") if get(manifest, "metadata", "deletionTimestamp") else None


def absent(path: str, opinion: Opinion = NOT_REPORTED) -> Absent:
    return Absent(tuple(path.split(".")), opinion)


def told_by(one: Any) -> str:
    """What a condition says in its own words."""
    return text(one, "message") or text(one, "reason")


def found(
    manifest: Any, *types: str, status: str | None = "True", path: tuple[str, ...] = ("status", "conditions")
) -> Iterator[Any]:
    """The conditions of these types, any type if none is named, in list order."""
    for one in sequence(manifest, *path):
        if (not types or text(one, "type") in types) and (status is None or text(one, "status") == status):
            yield one


def holds(manifest: Any, name: str, status: str = "True") -> bool:
    return next(found(manifest, name, status=status), None) is not None


def status_of(manifest: Any, name: str) -> str:
    """The status of the last condition of the type; empty where there is none."""
    return next((text(one, "status") for one in reversed([*found(manifest, name, status=None)])), "")


def number(document: Any, *path: str | int, default: int = 0) -> int:
    """The whole number at `path`; the default where there is none."""
    value = get(document, *path)
    return value if type(value) is int else int(value) if isinstance(value, float) and value.is_integer() else default
