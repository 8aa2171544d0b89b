"""Files in one form, as text: what would change, or has changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.wording import plural
from reconciler.present.style import Line, Style, styled
from reconciler.review.formatting import FormattedFile

_STYLES = {"+": Style.ADDED, "-": Style.REMOVED, "@": Style.HUNK}


def file_lines(files: Iterable[FormattedFile], *, written: bool) -> Iterator[Line]:
    """One line for each file."""
    yield from (styled(f"{'formatted' if written else 'would format'}  {file.path}") for file in files)


def file_diffs(files: Iterable[FormattedFile]) -> Iterator[Line]:
    """A unified diff of each file; of one with a Secret its name only."""
    for file in files:
        if file.secret:
            yield styled(f"{file.path}: it declares a Secret, so its lines are not shown", Style.HEADING)
            continue
        names = (f"a/{file.path}", f"b/{file.path}")
        for line in difflib.unified_diff(file.before.splitlines(), file.after.splitlines(), *names, lineterm=""):
            yield styled(line, Style.HEADING if line.startswith(("+++", "---")) else _STYLES.get(line[:1], Style.PLAIN))


def format_summary(files: Sequence[FormattedFile], *, written: bool) -> str:
    if not files:
        return "Every file has its form."
    count = plural(len(files), "file")
    return f"{count} formatted; see them with `git diff`." if written else f"{count} to format; `reconciler format` writes them."
