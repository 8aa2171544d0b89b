"""Issues that already say why a template is unclaimed, or why no cluster fits: a second issue would have the same cause.

What an error leaves out is not known, so the texts of the files with errors are searched for the words of a policy or a cluster.
"""

from __future__ import annotations

import re
from functools import cached_property

from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.policy import PropagationPolicy


class Explained:
    """The issues of the files of one revision."""

    def __init__(self, desired: DesiredState) -> None:
        self._desired = desired

    def why_unclaimed(self, template: ResourceTemplate) -> bool:
        """Whether another issue explains it: its version is not served, or a file with an error may have its policy."""
        return str(template.key) in self._removed or any(_names(text, template.gvk.kind) for text in self._policies)

    def why_nothing_fits(self, policy: PropagationPolicy | None) -> bool:
        """Whether a file with an error may declare a cluster which the policy names and no other file declares."""
        declared = {cluster.name for cluster in self._desired.clusters}
        names = set(policy.placement.named_clusters) - declared if policy else set()
        return any(_names(text, name) for text in self._clusters for name in names)

    @cached_property
    def _removed(self) -> frozenset[str]:
        return frozenset(issue.subject for issue in self._desired.issues if issue.reason == "RemovedVersion")

    @cached_property
    def _policies(self) -> list[str]:
        return [text for text in self._desired.broken_texts.values() if "PropagationPolicy" in text]

    @cached_property
    def _clusters(self) -> list[str]:
        texts = self._desired.broken_texts.values()
        return [text for text in texts if "cluster.karmada.io/" in text and _names(text, "Cluster")]


def _names(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])", text) is not None
