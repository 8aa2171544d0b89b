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


def _guess(requirement: Requirement, labelled: Collection[Labels], what: str) -> str:
    values = {labels[requirement.key] for labels in labelled if requirement.key in labels}
    if not values:
        guess = did_you_mean(requirement.key, {key for labels in labelled for key in labels})
        return f"No {what} has the label {requirement.key}. {guess}" if guess else ""
    for value in requirement.values:
        if guess := did_you_mean(value, values):
            return f"No {what} has {requirement.key}={value}. {guess}"
    return ""
