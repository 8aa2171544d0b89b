"""The vocabulary in which the rules of `custom/` are written.

Most operators report health in one of a few ways: a condition, a word for the phase, an observed generation, a flag that
pauses. Each way is a class of frozen values here, a *check*. A check is called with an object and returns an `ArgoHealth`, or
None if it does not apply. A `Rule` calls its checks in order. A kind that reports in its own way has a function with the same
signature among its checks.

Nothing here raises, whatever the structure of an object: a field of a wrong type counts as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.model.health import ArgoHealth, ArgoHealthCode
from reconciler.model.manifest import Manifest, get, sequence, text

Check: TypeAlias = Callable[[Manifest], ArgoHealth | None]

HEALTHY, SUSPENDED, PROGRESSING = ArgoHealthCode.HEALTHY, ArgoHealthCode.SUSPENDED, ArgoHealthCode.PROGRESSING
MISSING, DEGRADED, UNKNOWN = ArgoHealthCode.MISSING, ArgoHealthCode.DEGRADED, ArgoHealthCode.UNKNOWN

NOT_REPORTED = ArgoHealth(PROGRESSING, "it has no status yet")
ALL_WELL = ArgoHealth(HEALTHY)


@dataclass(frozen=True, slots=True)
class Rule:
    """The result of the first check that applies."""

    checks: tuple[Check, ...]
    otherwise: ArgoHealth = NOT_REPORTED
    """The result if no check applies."""

    def __call__(self, manifest: Manifest) -> ArgoHealth:
        return next((result for check in self.checks if (result := check(manifest))), self.otherwise)


def rule(*checks: Check, otherwise: ArgoHealth | ArgoHealthCode = NOT_REPORTED) -> Rule:
    return Rule(checks, ArgoHealth(otherwise) if isinstance(otherwise, ArgoHealthCode) else otherwise)


@dataclass(frozen=True, slots=True)
class When:
    """What a condition means for the health."""

    type: str | None
    """None: any type."""
    status: str | None
    """True, False, Unknown; None: any status."""
    code: ArgoHealthCode
    reasons: frozenset[str] | None = None
    """Only these reasons; None: any reason."""
    message: str = ""
    """Used instead of the message or reason of the condition."""
    fresh: bool = False
    """Only conditions of the current generation. If the object or the condition has no generation, the condition counts."""

    def matches(self, condition: Any, generation: Any) -> bool:
        return (
            (self.type is None or self.type == text(condition, "type"))
            and (self.status is None or self.status == text(condition, "status"))
            and (self.reasons is None or text(condition, "reason") in self.reasons)
            and (not self.fresh or generation is None or get(condition, "observedGeneration") in (None, generation))
        )


@dataclass(frozen=True, slots=True)
class Conditions:
    """The first condition, in list order, that has a meaning decides."""

    meanings: tuple[When, ...]
    path: tuple[str, ...] = ("status", "conditions")
    last_only: bool = False
    """Only the last condition counts, for operators that append conditions."""

    def __call__(self, manifest: Manifest) -> ArgoHealth | None:
        generation = get(manifest, "metadata", "generation")
        conditions = sequence(manifest, *self.path)
        for condition in conditions[-1:] if self.last_only else conditions:
            for meaning in self.meanings:
                if meaning.matches(condition, generation):
                    return ArgoHealth(meaning.code, meaning.message or message_of(condition))
        return None


def conditions(*meanings: When | tuple[When, ...]) -> Conditions:
    """A check of conditions in the list order of the object. For another order, use several such checks in one rule."""
    return Conditions(tuple(one for item in meanings for one in (item if isinstance(item, tuple) else (item,))))


def condition(
    name: str,
    true: ArgoHealthCode | None = None,
    false: ArgoHealthCode | None = None,
    unknown: ArgoHealthCode | None = None,
    other: ArgoHealthCode | None = None,
    *,
    reasons: frozenset[str] | None = None,
    message: str = "",
    fresh: bool = False,
) -> tuple[When, ...]:
    """The meanings of one type of condition by its status. other: for each status without its own meaning."""
    by_status = (("True", true), ("False", false), ("Unknown", unknown), (None, other))
    return tuple(When(name, status, code, reasons, message, fresh) for status, code in by_status if code)


@dataclass(frozen=True, slots=True)
class Every:
    """Healthy if all these conditions are True. Does not apply to an object without conditions."""

    types: tuple[str, ...]
    otherwise: ArgoHealthCode | None = DEGRADED
    """The health if one is not True; None: the check does not apply then."""

    def __call__(self, manifest: Manifest) -> ArgoHealth | None:
        if not sequence(manifest, "status", "conditions"):
            return None
        missing = [name for name in self.types if not has_condition(manifest, name)]
        if not missing:
            return ALL_WELL
        message = next((message_of(one) for one in find_conditions(manifest, *missing, status=None) if message_of(one)), "")
        return None if self.otherwise is None else ArgoHealth(self.otherwise, message or f"not True: {', '.join(missing)}")


READY = conditions(condition("Ready", true=HEALTHY, false=DEGRADED))
"""The most common rule: the Ready condition decides; Progressing if there is none."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word at a path, such as a phase, decides."""

    path: tuple[str, ...]
    meanings: Mapping[Any, ArgoHealthCode]
    """Text, boolean or number → health."""
    other: ArgoHealthCode | None = None
    """The health for all other words; None: the check does not apply."""
    message: tuple[str, ...] = ()
    """Path of the object's own message. If it is empty, the message contains the word."""

    def __call__(self, manifest: Manifest) -> ArgoHealth | None:
        word = get(manifest, *self.path)
        if word is None or not isinstance(word, (str, bool, int)):
            return None
        code = self.meanings.get(word, self.other)
        message = text(manifest, *self.message) if self.message else ""
        return None if code is None else ArgoHealth(code, message or f"{self.path[-1]} is {word}")


def word(
    path: str, meanings: Mapping[Any, ArgoHealthCode] | None = None, *, other: ArgoHealthCode | None = None, message: str = ""
) -> Word:
    """A check of a word. path, message: field names separated by dots."""
    return Word(tuple(path.split(".")), meanings or {}, other, tuple(message.split(".")) if message else ())


@dataclass(frozen=True, slots=True)
class Each:
    """A word in each item of a list decides. If the items have different words, the first in `meanings` counts."""

    path: tuple[str, ...]
    member: str
    meanings: Mapping[str, ArgoHealthCode]

    def __call__(self, manifest: Manifest) -> ArgoHealth | None:
        message = [text(item, self.member) for item in sequence(manifest, *self.path)]
        decisive = next((word for word in self.meanings if word in message), None)
        return None if decisive is None else ArgoHealth(self.meanings[decisive], f"{self.path[-1]}: {self.member} is {decisive}")


def words(code: ArgoHealthCode, *values: str) -> dict[str, ArgoHealthCode]:
    """Several words with the same meaning."""
    return dict.fromkeys(values, code)


@dataclass(frozen=True, slots=True)
class Paused:
    """Suspended if the value at the path is true."""

    path: tuple[str, ...]

    def __call__(self, manifest: Manifest) -> ArgoHealth | None:
        return ArgoHealth(SUSPENDED, f"{'.'.join(self.path)} is set") if get(manifest, *self.path) is True else None


def paused(path: str = "spec.paused") -> Paused:
    return Paused(tuple(path.split(".")))


@dataclass(frozen=True, slots=True)
class Annotated:
    """The given result if an annotation has the value."""

    name: str
    value: str
    result: ArgoHealth

    def __call__(self, manifest: Manifest) -> ArgoHealth | None:
        return self.result if get(manifest, "metadata", "annotations", self.name) == self.value else None


@dataclass(frozen=True, slots=True)
class Lagging:
    """Progressing if the controller has not observed the current generation."""

    strict: bool = False
    """Whether an absent `observedGeneration` means that the controller has not observed the object."""
    path: tuple[str, ...] = ("status", "observedGeneration")

    def __call__(self, manifest: Manifest) -> ArgoHealth | None:
        generation, observed = get(manifest, "metadata", "generation"), get(manifest, *self.path)
        if generation == observed or (not self.strict and None in (generation, observed)):
            return None
        return ArgoHealth(PROGRESSING, f"generation {generation} has not been observed yet")


@dataclass(frozen=True, slots=True)
class Absent:
    """The given result if the value at the path is absent or empty."""

    path: tuple[str, ...]
    result: ArgoHealth = NOT_REPORTED

    def __call__(self, manifest: Manifest) -> ArgoHealth | None:
        return self.result if get(manifest, *self.path) in (None, {}, [], "") else None


def deletion(manifest: Manifest) -> ArgoHealth | None:
    """Progressing if the object is being deleted. For the few kinds whose own rule checks this first."""
    return ArgoHealth(PROGRESSING, "being deleted") if get(manifest, "metadata", "deletionTimestamp") else None


def absent(path: str, result: ArgoHealth = NOT_REPORTED) -> Absent:
    return Absent(tuple(path.split(".")), result)


def message_of(one: Any) -> str:
    """The message of a condition, else its reason."""
    return text(one, "message") or text(one, "reason")


def find_conditions(
    manifest: Any, *types: str, status: str | None = "True", path: tuple[str, ...] = ("status", "conditions")
) -> Iterator[Any]:
    """The conditions with one of these types and this status, in list order. Without types: any type. status None: any status."""
    for one in sequence(manifest, *path):
        if (not types or text(one, "type") in types) and (status is None or text(one, "status") == status):
            yield one


def has_condition(manifest: Any, name: str, status: str = "True") -> bool:
    return next(find_conditions(manifest, name, status=status), None) is not None


def condition_status(manifest: Any, name: str) -> str:
    """The status of the last condition of the type; empty if there is none."""
    return next((text(one, "status") for one in reversed([*find_conditions(manifest, name, status=None)])), "")


def number(document: Any, *path: str | int, default: int = 0) -> int:
    """The whole number at `path`; the default if there is none."""
    value = get(document, *path)
    return value if type(value) is int else int(value) if isinstance(value, float) and value.is_integer() else default
