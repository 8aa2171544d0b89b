"""What is found about one object: it is refused, there is a warning, or it cannot be judged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    DENIED = "denied"
    WARNED = "warned"
    NOT_JUDGED = "not judged"
    """Whether the server accepts the object cannot be known; this never counts as accepted."""


@dataclass(frozen=True, slots=True, order=True)
class Verdict:
    """One finding. An object without any is accepted."""

    outcome: Outcome
    policy: str
    """Name of the ValidatingAdmissionPolicy; empty for a rule of a CustomResourceDefinition."""
    binding: str
    """Name of the binding; empty where the policy itself cannot be applied."""
    message: str
    """What the server says; the reason where the object is not judged."""
    field: str = ""
    """Path of the field with the rule; empty for policies."""
