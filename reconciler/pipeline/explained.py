"""Issues that already say why a template is unclaimed, or why no cluster fits: a second issue would have the same cause.

What an error leaves out is not known, so the texts of the files with errors are searched for the words of a policy or a cluster.
"""

from __future__ import annotations

import re
from functools import cached_property

from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.issues import errors_in
from reconciler.model.policy import PropagationPolicy


class Explained:
    """The issues of the files of one revision."""

    def __init__(self, desired: DesiredState) -> None:
        self._desired = desired

    def why_unclaimed(self, template: ResourceTemplate) -> bool:
        """Whether another issue explains it: its version is not served, or a file with an error may have its policy."""
        return str(template.key) in self._removed or any(_names(text, template.gvk.kind) for text in self._policies)

    def why_nothing_fits(self, policy: PropagationPolicy | None) -> bool:
        """Whether a file with an error may declare a cluster which the policy names and no other file declares, or any."""
        declared = {cluster.name for cluster in self._desired.clusters}
        if not declared and self._clusters:
            return True
        names = set(policy.placement.named_clusters) - declared if policy else set()
        return any(_names(text, name) for text in self._clusters for name in names)

    @cached_property
    def _removed(self) -> frozenset[str]:
        return frozenset(issue.subject for issue in self._desired.issues if issue.reason == "RemovedVersion")

    @cached_property
    def _policies(self) -> list[str]:
        return [text for text in self._unread if "PropagationPolicy" in text]

    @cached_property
    def _clusters(self) -> list[str]:
        return [text for text in self._unread if "cluster.karmada.io/" in text and _names(text, "Cluster")]

    @cached_property
    def _unread(self) -> frozenset[str]:
        """The texts of the documents with errors; of a whole file, where it is not known which of its documents has the error."""
        files = self._desired.broken_texts
        found = {(issue.origin.file, issue.origin.line if issue.subject else 0) for issue in errors_in(self._desired.issues)}
        return frozenset(_document_at(files[file], line) for file, line in found if file in files)


def _document_at(text: str, line: int) -> str:
    """The document of a YAML file that has this line, which counts from 1; the whole file for line 0."""
    lines = text.splitlines()
    ends = [number for number, each in enumerate(lines) if each.startswith("---")]
    begin = max((end for end in ends if end < line), default=0)
    return "\n".join(lines[begin : min((end for end in ends if end >= line), default=None)]) if line else text


def _names(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])", text) is not None
