"""Documents → the same YAML text that Kubernetes' tools write (sigs.k8s.io/yaml, which uses go-yaml v2), character by character.

Text that Karmada writes into a field of a ConfigMap must be the same here; otherwise every member would get a change without
meaning. Users of kubectl know this style, so the program writes all its files in it: two spaces, lists not indented below their
key, keys in natural order (`a2` before `a10`), quotes only where YAML 1.1 needs them, literal blocks for text with line breaks.

libyaml decides where plain text is allowed, and folds long lines; Go's emitter is a translation of it. Events are shared between
documents, because manifests repeat the same few thousand words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
_WORD = 100
"""Characters of a text that is likely to come again, and whose event is kept."""


def dump(value: Any, *, quote_merge: bool = True) -> str:
    """One document as YAML, with a line break at its end. Reading it gives the same value.

    quote_merge: quote `<<` if it is a name. Kubernetes' tools do not quote it, and then read it as a merge; use False for text
    that must equal theirs. Raises ValueError for values that YAML cannot contain: infinity, NaN, integers beyond any float,
    halves of surrogate pairs.
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
    # libyaml writes "..." after a document that ends in an open block; Go does not.
    return text[:-4] if text.endswith("\n...\n") else text


def _emit_value(value: Any, emit: _Emit, key_event: _KeyEvent) -> None:
    if isinstance(value, str):
        emit(_text_event(value))
    elif isinstance(value, dict | Mapping):  # The check for a plain dict is faster.
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


def _text_event(text: str) -> events.ScalarEvent:
    return _word_event(text) if len(text) <= _WORD else _new_text_event(text)


def _new_text_event(text: str) -> events.ScalarEvent:
    if "\n" in text:
        return _scalar(text, _LITERAL)
    return _scalar(text, _DOUBLE if needs_quotes(text) else _PLAIN)


_word_event = lru_cache(maxsize=2048)(_new_text_event)


def _safe_key_event(name: str) -> events.ScalarEvent:
    return _scalar(name, _DOUBLE) if name == "<<" else _text_event(name)


def _scalar(text: str, style: str) -> events.ScalarEvent:
    return events.ScalarEvent(None, None, (True, True), text, style=style)


def _spelled(value: bool | int | float | None) -> str:
    """A number as it is after conversion to JSON: integers of 64 bits in full, other numbers as floats."""
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
