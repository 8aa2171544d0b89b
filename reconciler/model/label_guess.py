"""What a label selector that matches nothing probably means."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconciler.model.selector import LabelSelector, Requirement
from reconciler.model.spelling import did_you_mean

Labels = Mapping[str, str]


def guess_label(selector: LabelSelector | None, labelled: Collection[Labels], what: str) -> str:
    """`No Cluster has the label teir. Did you mean tier?`: the first requirement that none of these objects meets, with the label
    or value that is near. Empty without a near one.

    labelled: the labels of the objects. what: one of them, as a noun.
    """
    for requirement in selector.requirements if selector is not None else ():
        if not any(map(requirement.matches, labelled)) and (guess := _guess(requirement, labelled, what)):
            return guess
    return ""


def missing_label(selector: LabelSelector, labelled: Collection[Labels], what: str) -> str:
    """`No Deployment has the label app=web.`: the first requirement that none of these objects meets, or else all of them, which
    none meets together. Empty for a selector without requirements, also one that is not valid."""
    if not selector.requirements:
        return ""
    unmet = next((one for one in selector.requirements if not any(map(one.matches, labelled))), None)
    if unmet is None:
        return f"No {what} meets all of {selector.canonical}."
    if unmet.operator in ("=", "In", "Exists"):
        label = f"{unmet.key}={' or '.join(unmet.values)}" if unmet.values else unmet.key
        return f"No {what} has the label {label}."
    return f"No {what} meets {unmet}."


def _guess(requirement: Requirement, labelled: Collection[Labels], what: str) -> str:
    values = {labels[requirement.key] for labels in labelled if requirement.key in labels}
    if not values:
        guess = did_you_mean(requirement.key, {key for labels in labelled for key in labels})
        return f"No {what} has the label {requirement.key}. {guess}" if guess else ""
    for value in requirement.values:
        if guess := did_you_mean(value, values):
            return f"No {what} has {requirement.key}={value}. {guess}"
    return ""
