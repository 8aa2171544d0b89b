"""The proposed revert of a rollout as the Markdown of a pull request: why, what comes back, and the commit."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.edit.revert import Revert
from reconciler.model.wording import plural
from reconciler.present.failover_page import changes
from reconciler.present.review_page.markdown import markdown_text
from reconciler.present.review_page.page import Block, Page, Section

_NAMED = 200
"""Clusters and objects that the text lists."""


def revert_text(revert: Revert, before: Mapping[str, str], after: Mapping[str, str | None], marker: str) -> str:
    """before, after: the texts of the files that the commit changes, by path; None for a file that goes. marker: as the first
    line."""
    failed = [_block("failed", f"{name}: {reason}") for name, reason in list(revert.failures.items())[:_NAMED]]
    back = [_block("back", str(key)) for key in revert.objects[:_NAMED]]
    if len(revert.objects) > _NAMED:
        back.append(_block("back", f"{len(revert.objects) - _NAMED} more"))
    texts = {path: text or "" for path, text in after.items()}
    sections = (
        Section("Why", tuple(failed)),
        Section(f"What comes back from {revert.base[:10]}", tuple(back)),
        Section("The commit", tuple(changes(before, texts))),
    )
    page = Page(
        f"The rollout of {revert.target[:10]} failed on {plural(len(revert.failures), 'cluster')}",
        "Merge this to take the change back. Clusters that did not get it keep what they have.",
        (),
        sections,
        ("When the change is corrected or taken back by another commit, this one is closed.",),
    )
    return markdown_text(page, marker=marker)


def _block(title: str, text: str) -> Block:
    return Block(title, text, (), (), (), ())
