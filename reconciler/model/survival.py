"""What the loss of any one cluster, zone or region must leave of workloads (N-1).

A minimum is stated as in a PodDisruptionBudget: a number, or a percentage that is rounded up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.selector import LabelSelector


class DomainKind(StrEnum):
    """What is lost as a whole."""

    CLUSTER = "cluster"
    ZONE = "zone"
    REGION = "region"


MIN_AVAILABLE_ANNOTATION = "reconciler.dev/min-available"
"""On a template: its own minimum."""


@dataclass(frozen=True, slots=True)
class MinAvailable:
    amount: int
    percentage: bool = False

    @classmethod
    def parse(cls, text: str) -> MinAvailable:
        """`2`, `50%`. Raises ValueError."""
        match = re.fullmatch(r"(\d{1,9})(%?)", text, re.ASCII)
        if match is None or (match[2] and int(match[1]) > 100):
            raise ValueError(f"{text} is neither a number nor a percentage")
        return cls(int(match[1]), bool(match[2]))

    def of(self, replicas: int) -> int:
        """The number that must be left of these replicas; never more than there are."""
        return min(-(-replicas * self.amount // 100) if self.percentage else self.amount, replicas)

    def __str__(self) -> str:
        return f"{self.amount}%" if self.percentage else str(self.amount)


@dataclass(frozen=True, slots=True)
class SurvivalRule:
    """One item of `spec.survives` of the Configuration."""

    loss: tuple[DomainKind, ...]
    minimum: MinAvailable = MinAvailable(1)
    """Of workloads that do not state their own."""
    selector: LabelSelector | None = None
    """Only workloads with these labels; None for all."""
