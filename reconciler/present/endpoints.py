"""What was exchanged of services over clusters, or would be, as lines and as a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from reconciler.endpoints.exchange import Written
from reconciler.model.wording import first_few, plural
from reconciler.passes.endpoints import Exchanged
from reconciler.present.style import Line, Style, labelled


def endpoint_lines(exchanged: Exchanged, *, is_plan: bool = False) -> Iterator[Line | str]:
    """One line for each Service whose endpoints were written, or would be; one for each failure."""
    by_service: defaultdict[str, list[Written]] = defaultdict(list)
    for one in exchanged.written:
        if one.error is None:
            by_service["/".join(one.target)].append(one)
        else:
            yield labelled("failed", Style.BAD, f"endpoints of {'/'.join(one.target)} on {one.consumer}: {one.error}")
    words = ("to write", "to withdraw") if is_plan else ("written", "withdrawn")
    for service, several in by_service.items():
        written, removed = sum(one.written for one in several), sum(one.removed for one in several)
        parts = [f"{plural(written, 'slice')} {words[0]}"] * bool(written) + [f"{removed} {words[1]}"] * bool(removed)
        yield f"endpoints of {service}: {', '.join(parts)} ({first_few([one.consumer for one in several], 3)})"
    for conflict in exchanged.conflicts:
        yield labelled("conflict", Style.CAUTION, f"export {conflict}")
    for name, why in exchanged.unread.items():
        yield labelled("failed", Style.BAD, f"endpoints of {name}: {why}")


def endpoints_document(exchanged: Exchanged) -> dict[str, Any]:
    """`docs/output.md`: ENDPOINTS."""
    return {
        "slices": [
            {
                "service": {"namespace": one.target[0], "name": one.target[1]},
                "cluster": one.consumer,
                "written": one.written,
                "removed": one.removed,
                "error": one.error.message if one.error is not None else "",
            }
            for one in exchanged.written
        ],
        "conflicts": list(exchanged.conflicts),
        "unread": dict(exchanged.unread),
    }
