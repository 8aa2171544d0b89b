"""The words of `diff --fail-on`: effects of an outline, reasons of warnings, and `warning` for any of these."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.issues import Issue
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import one_of
from reconciler.present.outline import EFFECT_WORDS, effect
from reconciler.review.concerns.concerns import REASONS, option_word
from reconciler.review.outline.entries import Entry

ANY_WARNING = "warning"
_SYNONYMS = {"removal": "remove"}
_REASON_WORDS = {option_word(reason): reason for reason in REASONS}
FAIL_ON_WORDS = (*EFFECT_WORDS, ANY_WARNING, *_REASON_WORDS)


class UnknownWordError(ValueError):
    """A word that `--fail-on` does not know; the message lists those that it knows."""


def fail_on_words(text: str) -> frozenset[str]:
    """The words of a list with commas. Raises UnknownWordError."""
    words = [_SYNONYMS.get(word, word) for word in (part.strip() for part in text.split(",")) if word]
    for word in words:
        if word not in FAIL_ON_WORDS:
            guess = did_you_mean(word, FAIL_ON_WORDS)
            raise UnknownWordError(f"{word} is no such word. {f'{guess} ' if guess else ''}Write {one_of(FAIL_ON_WORDS)}.")
    return frozenset(words)


def found_words(words: Iterable[str], entries: Iterable[Entry], warnings: Iterable[Issue]) -> tuple[str, ...]:
    """Those of the words that describe an entry or a warning, in the order of `FAIL_ON_WORDS`."""
    present = {effect(entry) for entry in entries}
    for issue in warnings:
        present |= {ANY_WARNING, option_word(issue.reason)}
    return tuple(word for word in FAIL_ON_WORDS if word in present and word in frozenset(words))
