"""A page as Markdown for the comment of a forge (GitHub Flavored Markdown, which GitLab, Gitea and Forgejo read, too).

Every text that comes from the repository or from a member is inside a code span or a code block, where a forge mentions nobody,
links nothing and reads no markup. A page may itself come from a job that is not trusted (`comment`), so its titles are plain text
only where they have nothing that a forge could read. No line begins with a slash: to a forge or a bot, it could be a command,
such as `/merge`, which some read in code blocks, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reconciler.model.wording import plural, printable
from reconciler.present.review_page.page import Block, Page

MARKER = "<!-- reconciler diff -->"
"""The first line: by it, a script finds its own comment again."""
LONGEST_COMMENT = 65_000
"""Characters: GitHub takes 65,536."""


def markdown_text(page: Page, longest: int = LONGEST_COMMENT, marker: str = MARKER) -> str:
    """At most `longest` characters. What does not fit is left out as a whole block, and its number is said. Ends with a line
    break. marker: the first line."""
    head = "\n\n".join([marker, f"### {_plain(page.title)}", _plain(page.compared)])
    pieces = list(_pieces(page))
    text = "\n\n".join([head, *pieces]) + "\n"
    if len(text) <= longest:
        return text
    kept, room = [head], longest - len(head) - _RESERVED
    for place, piece in enumerate(pieces):
        room -= len(piece) + 2
        if room < 0:
            left = sum(not one.startswith("#") for one in pieces[place:])
            kept.append(f"**Left out: {plural(left, 'more entry', 'more entries')}.** `reconciler diff` shows all.")
            break
        kept.append(piece)
    while kept[-2].startswith("#"):  # A title below which everything is left out.
        del kept[-2]
    return "\n\n".join(kept) + "\n"


def _pieces(page: Page) -> Iterator[str]:
    """What may be left out at the end, in order."""
    if page.alerts:
        yield _fenced(page.alerts, "text", _ALERTS)
    for section in page.sections:
        yield f"#### {_plain(section.title)}"
        for block in section.blocks:
            yield _block(block)
    if page.notes:
        yield "#### Notes"
        yield _fenced(page.notes, "text")


def _block(block: Block) -> str:
    heading = f"**{_plain(block.effect)}** {_code(block.text)}"
    if not block.lines:
        return f"- {heading}" if len(block.objects) <= _NAMED else f"{heading}\n\n{_folded('All of them', block.objects, 'text')}"
    objects = f"\n\n{_folded('All of them', block.objects, 'text')}" if len(block.objects) > _NAMED else ""
    return f"{heading}\n\n{_fenced(block.lines, 'diff')}{objects}"


def _folded(title: str, lines: Sequence[str], language: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{_fenced(lines, language)}\n</details>"


def _fenced(lines: Sequence[str], language: str, most: int = 120) -> str:
    """A code block, with a fence that is longer than any row of backticks in it. most: lines of it."""
    shown = [_no_command(_short(_no_breaks(line))) for line in lines[:most]]
    if len(lines) > most:
        shown.append(f"@@ {len(lines) - most} more lines @@")
    content = "\n".join(shown)
    fence = "`" * max(3, _longest_row(content) + 1)
    return f"{fence}{language}\n{content}\n{fence}"


def _code(text: str) -> str:
    """A code span that holds any text; without a character, it would begin one that goes on."""
    text = _no_breaks(text) or " "
    ticks = "`" * (_longest_row(text) + 1)
    space = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _plain(text: str) -> str:
    """Our own words, with numbers and commit ids; any other text as code."""
    return text if _OWN_WORDS.fullmatch(text) else _code(text)


def _no_command(line: str) -> str:
    return _COMMAND.sub(r"\1\\/", line)


def _short(line: str) -> str:
    return line if len(line) <= _WIDEST else f"{line[:_WIDEST]} … and {len(line) - _WIDEST} more characters"


def _no_breaks(text: str) -> str:
    return " ".join(printable(text).split("\n"))


def _longest_row(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


_OWN_WORDS = re.compile(r"[A-Za-z0-9 ,;:→]+\.?")
"""Without a dot inside, no word is a link; without other signs, none is markup or mentions somebody."""
_COMMAND = re.compile(r"^(\s*)/")
_NAMED = 3
"""Objects that the line of a block names itself (`present/outline.py`)."""
_ALERTS = 60
"""Lines of the problems: together with `_WIDEST`, they leave room for the entries."""
_WIDEST = 600
"""Characters of a line in a code block."""
_RESERVED = 200
"""Characters for the last line."""
