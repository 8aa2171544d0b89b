"""A live object is kept whole, and what copies on different members have in common is kept once."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cluster import packed_objects as module
from reconciler.cluster.packed_objects import packed
from reconciler.model.manifest import sequence, with_value
from tests.support.builders import config, deployment, ours

TIMES = st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T03:04:05.678Z", "no time", "", '"', "\\", "\0", "é"]) | st.none()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5) | st.just("\0"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
ENTRIES = st.fixed_dictionaries({"manager": st.text(max_size=3)}, optional={"time": TIMES, "fieldsV1": VALUES})
CONDITIONS = st.fixed_dictionaries(
    {"type": st.text(max_size=3)}, optional={"lastTransitionTime": TIMES, "lastProbeTime": TIMES, "message": st.text(max_size=5)}
)
METADATA = st.fixed_dictionaries(
    {"name": st.text(max_size=3)},
    optional={
        "uid": st.text(max_size=3),
        "resourceVersion": st.text(max_size=3) | st.integers(0, 9),
        "creationTimestamp": TIMES,
        "managedFields": st.lists(ENTRIES, max_size=3) | VALUES,
        "labels": st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
    },
)
STATUSES = st.fixed_dictionaries({"conditions": st.lists(CONDITIONS, max_size=3)}, optional={"more": VALUES}) | VALUES
OBJECTS = st.fixed_dictionaries(
    {"apiVersion": st.just("v1"), "kind": st.just("ConfigMap")},
    optional={"metadata": METADATA | VALUES, "status": STATUSES, "spec": VALUES},
)


@given(OBJECTS)
def test_nothing_of_an_object_is_lost(document: dict[str, Any]) -> None:
    assert packed(document).manifest == document


@given(OBJECTS)
def test_owners_are_known_without_the_whole_object(document: dict[str, Any]) -> None:
    assert packed(document).has_owners is bool(sequence(document, "metadata", "managedFields"))


def copy_on(member: str, document: Any, *, time: str = "2026-01-01T00:00:00Z") -> Any:
    """The object as an API server returns it, with what makes it itself."""
    entry = {"manager": "reconciler", "operation": "Apply", "time": time, "fieldsV1": {"f:data": {}}}
    for path, value in {
        ("metadata", "uid"): f"uid-of-{member}",
        ("metadata", "resourceVersion"): str(len(member)),
        ("metadata", "creationTimestamp"): time,
        ("metadata", "managedFields"): [entry],
        ("status",): {"ready": 1, "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": time}]},
    }.items():
        document = with_value(document, path, value)
    return document


def test_copies_that_say_the_same_share_it() -> None:
    first, second = (
        packed(copy_on(name, ours(deployment()), time=time)) for name, time in (("m1", "2026-01-01T00:00:00Z"), ("m11", "2027"))
    )
    assert first.content is second.content
    assert (first.uid, first.version, second.uid, second.version) == ("uid-of-m1", 2, "uid-of-m11", 3)
    assert first.key is second.key
    assert first.instance == second.instance == "reconciler"
    assert not first.is_same(second)
    assert first.is_same(packed(first.manifest))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("metadata", "labels", "a"), "b"),
        (("metadata", "generation"), 7),
        (("metadata", "deletionTimestamp"), "2026-01-01T00:00:00Z"),
        (("metadata", "managedFields", 0, "manager"), "kubectl"),
        (("data", "key"), "2026-01-01T00:00:00Z"),
        (("status", "ready"), 0),
        (("status", "lastScheduleTime"), "2026-01-01T00:00:00Z"),
        (("status", "conditions", 0, "status"), "False"),
    ],
)
def test_anything_else_makes_another_content(path: tuple[str | int, ...], value: Any) -> None:
    document = copy_on("m1", ours(config(data={"key": "value"})))
    assert packed(document).content is not packed(with_value(document, path, value)).content


def test_results_are_remembered_for_the_same_arguments() -> None:
    content, calls = packed(config()).content, list[Any]()

    def ask(what: Any, *, aside: int) -> int:
        calls.append(what)
        return len(calls)

    one, other = ["one"], ["other"]
    assert [content.once(ask, one, aside=1), content.once(ask, one, aside=2), content.once(ask, other, aside=3)] == [1, 1, 2]
    assert content.once(ask, one, aside=4) == 1
    for number in range(5):
        content.once(ask, [number], aside=0)
    assert content.once(ask, one, aside=5) == 8


def test_a_content_is_forgotten_with_its_last_record() -> None:
    record = packed(config(data={"only": "here"}))
    number = id(record.content)
    record.content.once(len, "abc")
    del record
    gc.collect()
    assert not any(id(one) == number for one in gc.get_objects() if type(one).__name__ == "Content")


def test_a_further_copy_takes_little_memory() -> None:
    """That is why objects are packed: a thousand members have 200,000 of them."""
    documents = [with_value(ours(deployment()), ("metadata", "uid"), f"uid-{number}") for number in range(100)]
    tracemalloc.start()
    try:
        records = [packed(document) for document in documents]
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len({record.content for record in records}) == 1
    assert taken / len(records) < 1024


def test_the_newest_contents_are_compressed_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """And say the same before and after."""
    monkeypatch.setattr(module, "_FRESH", module._Fresh(limit=10_000))
    documents = [ours(config(f"config-{number}", data={"text": "x" * 4000})) for number in range(5)]
    records = [packed(document) for document in documents]
    sizes = [record.content.size for record in records]
    assert [size < 1000 for size in sizes] == [True, True, True, False, False]
    assert [record.manifest for record in records] == documents


def test_a_content_that_nobody_needs_any_more_is_not_compressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FRESH", module._Fresh(limit=10_000))
    compressed: list[bytes] = []
    monkeypatch.setattr(module.zlib, "compress", lambda body, level: compressed.append(body) or body)
    for number in range(5):
        packed(ours(config(f"config-{number}", data={"text": "x" * 4000})))
    assert not compressed
