r"""Where libyaml accepts what Go's scanner does not: such text is refused, so that nothing is read otherwise than by
kubectl.

- In flow style Go ends a plain scalar at `?`: `[http://x/?a]` is an error there, `[?a]` a mapping.
- `"\/"` is JSON's escape, not YAML 1.1's.
- A byte order mark counts only at the very beginning of the text; libyaml skips one at the beginning of any line.
- `%YAML 1.2`.

The opposite (Go accepts, libyaml refuses) is left: being told is better than being misread.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs know the class but do not export it
from yaml.events import CollectionEndEvent, CollectionStartEvent, DocumentStartEvent, ScalarEvent

from reconciler.documents.complaints import Complaints

UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|(?<=[\r\n\x85\u2028\u2029])\ufeff")
"""A character that no YAML text may hold, or not there. Halves of surrogate pairs stand for bytes that are no UTF-8."""

_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")


def events_of(text: str, complaints: Complaints) -> Callable[[], Any]:
    """A function that gives libyaml's next event, and complains about what Go would not have read so.

    Raises yaml.YAMLError or UnicodeEncodeError, at once or when called.
    """
    text = text.removeprefix("\ufeff")
    if "\ufeff" in text and UNPRINTABLE.search(text):
        raise yaml.YAMLError
    next_event: Callable[[], Any] = CParser(text).get_event
    # Nearly no file has one of these; its events need no second look.
    if "?" not in text and "\\/" not in text and "%YAML" not in text:
        return next_event
    in_flow = 0

    def next_inspected() -> Any:
        nonlocal in_flow
        event: Any = next_event()
        if isinstance(event, CollectionStartEvent):
            in_flow += bool(in_flow or event.flow_style)
        elif isinstance(event, CollectionEndEvent):
            in_flow -= bool(in_flow)
        elif isinstance(event, DocumentStartEvent) and event.version not in (None, (1, 1)):
            complaints.add(event, "Syntax", "not YAML 1.1, which Kubernetes reads", "Remove the %YAML directive.")
        elif isinstance(event, ScalarEvent):
            if in_flow and not event.style and "?" in event.value:
                complaints.add(event, "Syntax", "Kubernetes does not read ? in plain text within [] or {}", "Quote it.")
            elif event.style == '"' and _ESCAPED_SLASH.search(text, *_span(event)):
                complaints.add(event, "Syntax", 'Kubernetes does not read "\\/" in YAML', "Write the slash alone.")
        return event

    return next_inspected


def _span(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index
