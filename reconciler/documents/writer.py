"""Documents → the YAML text that Kubernetes' own tools write (sigs.k8s.io/yaml: go-yaml v2 inside), character by
character.

Text that Karmada writes into a field of a ConfigMap must come out the same here, or every member would see a change
that is none; and since kubectl users know this style, everything that the program writes has it: two spaces, lists
not indented under their key, keys in natural order (`a2` before `a10`), quotes only where YAML 1.1 needs them,
literal blocks for text with line breaks.

libyaml decides where plain text is legal and folds long lines; it is what Go's emitter was translated from. Events
are shared between documents: a fleet's manifests hold the same few thousand words over and over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from io import StringIO
from typing import Any, TypeAlias

from yaml import events
from yaml.cyaml import CEmitter  # type: ignore[attr-defined]  # the stubs know the class but do not export it

from reconciler.documents.key_order import in_order
from reconciler.documents.scalars import as_json, general, needs_quotes

_Emit: TypeAlias = Callable[[events.Event], None]
_KeyEvent: TypeAlias = Callable[[str], events.ScalarEvent]

_START = (events.StreamStartEvent(), events.DocumentStartEvent(explicit=False))
_END = (events.DocumentEndEvent(explicit=False), events.StreamEndEvent())
_MAPPING, _MAPPING_END = events.MappingStartEvent(None, None, True, flow_style=False), events.MappingEndEvent()
_LIST, _LIST_END = events.SequenceStartEvent(None, None, True, flow_style=False), events.SequenceEndEvent()
_PLAIN, _DOUBLE, _LITERAL = "", '"', "|"


def dump(value: Any, *, quote_merge: bool = True) -> str:
    """One document, ending with a line break; it reads back as the same value.

    quote_merge: quote `<<` where it is a name. Kubernetes' tools do not, and then read it as a merge; text that must
    be theirs to the character wants False.
    Raises ValueError for what YAML cannot say: infinity, NaN, integers beyond any float, halves of surrogate pairs.
    """
    key_event = _safe_key_event if quote_merge else _text_event
    stream = StringIO()
    emit: _Emit = CEmitter(stream, allow_unicode=True, width=80).emit
    for event in _START:
        emit(event)
    _emit_value(value, emit, key_event)
    for closing in _END:
        emit(closing)
    text = stream.getvalue()
    # A document that ends in an open block is closed with "..." by libyaml, not by Go.
    return text[:-4] if text.endswith("\n...\n") else text


def dump_all(values: Iterable[Any]) -> str:
    """A file of documents, separated by `---`."""
    return "---\n".join([dump(value) for value in values])


def _emit_value(value: Any, emit: _Emit, key_event: _KeyEvent) -> None:
    if isinstance(value, str):
        emit(_text_event(value))
    elif isinstance(value, dict | Mapping):  # A plain dict is told faster.
        emit(_MAPPING)
        for name in in_order(tuple(value)):
            emit(key_event(name))
            _emit_value(value[name], emit, key_event)
        emit(_MAPPING_END)
    elif isinstance(value, list | tuple):
        emit(_LIST)
        for item in value:
            _emit_value(item, emit, key_event)
        emit(_LIST_END)
    else:
        emit(_scalar(_spelled(value), _PLAIN))


@lru_cache(maxsize=8192)
def _text_event(text: str) -> events.ScalarEvent:
    if "\n" in text:
        return _scalar(text, _LITERAL)
    return _scalar(text, _DOUBLE if needs_quotes(text) else _PLAIN)


def _safe_key_event(name: str) -> events.ScalarEvent:
    return _scalar(name, _DOUBLE) if name == "<<" else _text_event(name)


def _scalar(text: str, style: str) -> events.ScalarEvent:
    return events.ScalarEvent(None, None, (True, True), text, style=style)


def _spelled(value: bool | int | float | None) -> str:
    """A number as it reads after a way through JSON: integers of 64 bits in full, anything else as a float."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    number = as_json(value) if isinstance(value, float) else value
    if isinstance(number, int) and -(2**63) <= number < 2**64:
        return str(number)
    try:
        return general(float(number))
    except OverflowError:
        raise ValueError("an integer is beyond any float") from None
