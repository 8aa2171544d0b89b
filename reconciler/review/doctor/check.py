"""One check and its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    HOLDS = "holds"
    """This is not the cause."""
    FAILS = "fails"
    """This is a cause."""
    UNKNOWN = "unknown"
    """Nothing that could be asked tells."""


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    """One word, stable, for machines."""
    verdict: Verdict
    message: str
    """What was found, as a clause."""
    evidence: tuple[str, ...] = ()
    """What it was found by, one sentence or value each."""
    remedy: str = ""
    """What to do, as sentences; empty where it holds."""


def holds(name: str, message: str, *evidence: str) -> Check:
    return Check(name, Verdict.HOLDS, message, evidence)


def fails(name: str, message: str, remedy: str, *evidence: str) -> Check:
    return Check(name, Verdict.FAILS, message, evidence, remedy)


def unknown(name: str, message: str, remedy: str, *evidence: str) -> Check:
    return Check(name, Verdict.UNKNOWN, message, evidence, remedy)
