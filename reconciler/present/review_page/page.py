"""What a reviewer's page consists of: sections of blocks, what matters most first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from reconciler.model.issues import Issue, errors_in, told_once
from reconciler.model.survival import DomainKind
from reconciler.model.wording import plural
from reconciler.present.diff import live_remarks, notes_of, summary_of
from reconciler.present.issues import issue_lines
from reconciler.present.n_minus_1 import n_minus_1_summary, shortfall_lines
from reconciler.present.outline import effect, entry_text, part_lines
from reconciler.present.simulation import simulation_summary
from reconciler.review.diff import RevisionDiff
from reconciler.review.diff_live import LiveDiff
from reconciler.review.n_minus_1 import NMinusOne
from reconciler.review.outline.entries import Entry, FieldsChange, clusters_of
from reconciler.review.outline.teams import Teams
from reconciler.review.simulate import Simulation


@dataclass(frozen=True, slots=True)
class Block:
    """One entry of the outline."""

    effect: str
    """Its first word: remove, move, …"""
    text: str
    """The rest of its line."""
    lines: tuple[str, ...]
    """The differing fields, as a unified diff."""
    objects: tuple[str, ...]
    """All of them, in full."""
    clusters: tuple[str, ...]
    teams: tuple[str, ...]
    """As of `Teams.of`."""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that is shown, in this order."""

    title: str
    """One line: how many objects change in which way."""
    compared: str
    """What is compared with what."""
    alerts: tuple[str, ...]
    """What keeps the page from being complete, one line each, with an empty line between issues that have a remedy."""
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    """What stays as it is, and what was not looked at; one line each."""


def diff_page(diff: RevisionDiff | LiveDiff) -> Page:
    """Of `diff`, with or without --live."""
    head = "the work tree" if diff.is_worktree else diff.head.sha[:_SHORT]
    compared = f"{diff.base.sha[:_SHORT]} → {head}"
    notes = [str(line) for line in notes_of(diff)]
    if isinstance(diff, LiveDiff):
        compared, notes = f"{head}, compared with what the members hold", [*notes, *live_remarks(diff)]
    alerts = tuple(_alerts(diff.new_issues, diff.warnings))
    return Page(summary_of(diff), compared, alerts, _sections(diff), tuple(notes))


def simulation_page(simulation: Simulation) -> Page:
    unplaced = tuple(f"cannot be placed: {key}: {reason}" for key, reason in simulation.unplaced.items())
    return Page(simulation_summary(simulation), "a simulation", unplaced, _sections(simulation), ())


def n_minus_1_page(result: NMinusOne, kinds: Collection[DomainKind]) -> Page:
    """kinds: the failure domains that were asked for."""
    return Page(n_minus_1_summary(result, kinds), "the loss of each failure domain", tuple(shortfall_lines(result)), (), ())


def _alerts(new_issues: Sequence[Issue], warnings: Sequence[Issue]) -> Iterator[str]:
    errors = errors_in(new_issues)
    if errors:
        concern = "it concerns" if len(errors) == 1 else "they concern"
        yield f"{plural(len(errors), 'new error')}: what {concern} cannot be judged."
    yield from map(str, issue_lines([*told_once(errors), *warnings]))


def _sections(of: RevisionDiff | LiveDiff | Simulation) -> tuple[Section, ...]:
    blocks = [_block(entry, of.teams, of.members) for entry in of.outline]
    known = [Section(title, tuple(block for block in blocks if block.effect in effects)) for title, effects in _SECTIONS]
    return tuple(section for section in known if section.blocks)


def _block(entry: Entry, teams: Teams, members: int) -> Block:
    lines = tuple(map(str, part_lines(entry.parts))) if isinstance(entry, FieldsChange) else ()
    objects = tuple(map(str, entry.objects))
    return Block(effect(entry), entry_text(entry, members), lines, objects, clusters_of(entry), teams.of(entry))


_SHORT = 12
_SECTIONS = (
    ("Removed", ("remove",)),
    ("Released", ("release",)),
    ("Moved", ("move",)),
    ("Recreated or refused", ("recreate", "refuse")),
    ("Scaled", ("scale",)),
    ("Policies and overrides", ("claim", "override")),
    ("Changed", ("change",)),
    ("Created", ("create",)),
)
"""The title of each section, and the effects in it."""
