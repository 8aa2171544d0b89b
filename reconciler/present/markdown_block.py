"""Lines as Markdown: a sentence, and a block of code that nothing in the lines can end. It fits a comment of a forge."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconciler.model.wording import plural
from reconciler.present.style import Line, printable

LIMIT = 65_000
"""Characters; GitHub refuses a comment of more than 65,536."""
_ROOM = 400
"""Of them, for what stands around the lines."""


def markdown_block(summary: str, lines: Iterable[Line | str]) -> str:
    """The summary in bold, and the lines as a diff. Lines beyond the limit are counted. Ends with a line break."""
    texts = [printable(str(line)) for line in lines]
    shown, size = 0, len(summary)
    while shown < len(texts) and size + len(texts[shown]) + 1 <= LIMIT - _ROOM:
        size += len(texts[shown]) + 1
        shown += 1
    block, rest = texts[:shown], len(texts) - shown
    fence = "`" * max(3, 1 + max((len(run) for text in block for run in re.findall("`+", text)), default=0))
    more = f"\n{plural(rest, 'more line')} left out: run the command for all.\n" if rest else ""
    body = "\n".join([f"{fence}diff", *block, fence])
    return f"**{_escaped(summary)}**\n" + (f"\n{body}\n" if block else "") + more


def _escaped(text: str) -> str:
    """CommonMark 2.4: punctuation after a backslash is text."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&@])", r"\\\1", printable(text).replace("\n", " "))
