r"""Refuses text that libyaml accepts and Go's scanner does not, so that nothing is read differently than by kubectl.

- In flow style Go ends a plain scalar at `?`: `[http://x/?a]` is an error there, and `[?a]` is a mapping.
- `"\/"` is an escape of JSON, not of YAML 1.1.
- Go accepts a byte order mark only at the beginning of the text; libyaml skips it at the beginning of any line.
- Go refuses `%YAML 1.2`.

Text that Go accepts and libyaml refuses is refused too: an error is better than a wrong reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs know the class but do not export it
from yaml.events import CollectionEndEvent, CollectionStartEvent, DocumentStartEvent, ScalarEvent

from reconciler.documents.errors import ErrorCollector

UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|(?<=[\r\n\x85\u2028\u2029])\ufeff")
"""A character that YAML does not allow, or not at this position. Halves of surrogate pairs stand for bytes that are not UTF-8."""

_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")


def events_of(text: str, collector: ErrorCollector) -> Callable[[], Any]:
    """A function that returns the next event of libyaml, and adds an error for text that Go reads differently.

    Raises yaml.YAMLError or UnicodeEncodeError, immediately or when it is called.
    """
    text = text.removeprefix("\ufeff")
    if "\ufeff" in text and UNPRINTABLE.search(text):
        raise yaml.YAMLError
    next_event: Callable[[], Any] = CParser(text).get_event
    # Almost no file has one of these, and other files need no checks.
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
            collector.add(event, "Syntax", "not YAML 1.1, which Kubernetes reads", "Remove the %YAML directive.")
        elif isinstance(event, ScalarEvent):
            if in_flow and not event.style and "?" in event.value:
                collector.add(event, "Syntax", "Kubernetes does not read ? in plain text within [] or {}", "Quote it.")
            elif event.style == '"' and _ESCAPED_SLASH.search(text, *_span(event)):
                collector.add(event, "Syntax", 'Kubernetes does not read "\\/" in YAML', "Write the slash alone.")
        return event

    return next_inspected


def _span(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index
