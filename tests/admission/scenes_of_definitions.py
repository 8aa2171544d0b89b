"""The rules of CustomResourceDefinitions (`x-kubernetes-validations`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.admission.scenes import Document, Request, Scene, custom, definition

INTEGER, TEXT, NUMBER = {"type": "integer"}, {"type": "string"}, {"type": "number"}


def _rule(text: str, **more: Any) -> Document:
    return {"rule": text, **more}


def _rules(*rules: Document | str) -> Document:
    return {"x-kubernetes-validations": [_rule(one) if isinstance(one, str) else one for one in rules]}


def scenes() -> Iterator[Scene]:
    yield from _plain()
    yield from _messages()
    yield from _types()
    yield from _transitions()
    yield from _collections()
    yield from _structure()


def _scene(kind: str, properties: Document, specs: list[Document], **more: Any) -> Scene:
    crd = definition(kind, properties, **more)
    return Scene(f"crd-{kind.lower()}", [crd], [Request(custom(kind, **spec)) for spec in specs])


def _plain() -> Iterator[Scene]:
    bounds = _rules("self.low <= self.high")
    yield _scene(
        "Range",
        {"low": INTEGER, "high": INTEGER},
        [{"low": 1, "high": 2}, {"low": 3, "high": 2}, {"low": 3}, {}],
        spec_more=bounds,
    )
    optional = _rules("!has(self.low) || !has(self.high) || self.low <= self.high", "self.?low.orValue(0) >= 0")
    yield _scene(
        "Loose", {"low": INTEGER, "high": INTEGER}, [{}, {"low": 3}, {"low": 3, "high": 2}, {"low": -1}], spec_more=optional
    )
    defaulted = {"replicas": {"type": "integer", "default": 2}, "most": {"type": "integer", "default": 5}}
    yield _scene(
        "Defaulted",
        defaulted,
        [{}, {"replicas": 6}, {"most": 1}, {"replicas": None}],
        spec_more=_rules("self.replicas <= self.most"),
    )
    dashes = {"my-field": TEXT, "dotted.name": TEXT, "namespace": TEXT, "under__score": TEXT, "slash/ed": TEXT, "if": INTEGER}
    escaped = _rules(
        "!has(self.my__dash__field) || self.my__dash__field != 'bad'",
        "!has(self.dotted__dot__name) || self.dotted__dot__name != 'bad'",
        "!has(self.__namespace__) || self.__namespace__ != 'bad'",
        "!has(self.under__underscores__score) || self.under__underscores__score != 'bad'",
        "!has(self.slash__slash__ed) || self.slash__slash__ed != 'bad'",
        "!has(self.__if__) || self.__if__ > 0",
    )
    specs = [{name: 0 if name == "if" else "bad"} for name in dashes] + [{"my-field": "good"}]
    yield _scene("Escaped", dashes, specs, spec_more=escaped)
    root = _rules("self.metadata.name.startsWith('sub')", "self.metadata.name != self.spec.other")
    for name in ("subject", "another"):
        crd = definition("Rooted" if name == "subject" else "Routed", {"other": TEXT}, **root)
        kind = crd["spec"]["names"]["kind"]
        requests = [Request(custom(kind, name, other="subject")), Request(custom(kind, name, other="x"))]
        yield Scene(f"crd-root-{name}", [crd], requests)


def _messages() -> Iterator[Scene]:
    bad = "self.low <= self.high"
    variants = {
        "Wordless": {},
        "Worded": {"message": "low is above high"},
        "Spoken": {"messageExpression": "'%d is above %d'.format([self.low, self.high])"},
        "Mute": {"messageExpression": "self.words[3]", "message": "instead"},
        "Blank": {"messageExpression": "' '", "message": "instead"},
        "Pointed": {"fieldPath": ".low", "message": "too large"},
        "Reasoned": {"reason": "FieldValueForbidden", "message": "not that"},
        "Required": {"reason": "FieldValueRequired", "fieldPath": ".high"},
        "Duplicate": {"reason": "FieldValueDuplicate"},
    }
    for kind, more in variants.items():
        properties = {
            "low": INTEGER,
            "high": INTEGER,
            "words": {"type": "array", "maxItems": 5, "items": {**TEXT, "maxLength": 9}},
        }
        yield _scene(
            kind, properties, [{"low": 3, "high": 2, "words": ["a"]}, {"low": 1, "high": 2}], spec_more=_rules(_rule(bad, **more))
        )


def _types() -> Iterator[Scene]:
    yield _scene(
        "Measured",
        {"ratio": NUMBER},
        [{"ratio": 1}, {"ratio": 0.5}, {"ratio": 2}],
        spec_more=_rules("self.ratio + 0.5 <= 2.0", "type(self.ratio) == double"),
    )
    either = {"port": {"x-kubernetes-int-or-string": True}}
    rules = _rules("type(self.port) == int ? self.port < 100 : self.port.startsWith('h')")
    yield _scene("Either", either, [{"port": 80}, {"port": 800}, {"port": "http"}, {"port": "x"}], spec_more=rules)
    times = {
        "start": {**TEXT, "format": "date-time"},
        "wait": {**TEXT, "format": "duration"},
        "raw": {**TEXT, "format": "byte"},
        "day": {**TEXT, "format": "date"},
    }
    rules = _rules(
        "!has(self.start) || self.start < timestamp('2026-01-01T00:00:00Z')",
        "!has(self.wait) || self.wait <= duration('1h')",
        "!has(self.raw) || self.raw == b'hello'",
        "!has(self.day) || self.day.getFullYear() == 2026",
    )
    specs = [
        {"start": "2025-01-01T00:00:00Z"},
        {"start": "2026-02-01T00:00:00Z"},
        {"wait": "90m"},
        {"wait": "10s"},
        {"raw": "aGVsbG8="},
        {"raw": "aGVsbA=="},
        {"day": "2026-05-05"},
        {"day": "2025-05-05"},
    ]
    yield _scene("Timed", times, specs, spec_more=rules)
    nullable = {"may": {"type": "string", "nullable": True}, "flag": {"type": "boolean"}}
    yield _scene(
        "Nullable",
        nullable,
        [{"may": None}, {"may": "x"}, {"may": "bad"}, {}, {"flag": True}],
        spec_more=_rules("!has(self.may) || self.may != 'bad'", "!has(self.flag) || !self.flag"),
    )
    amounts = {"cpu": {**TEXT, "maxLength": 20}, "limit": {**TEXT, "maxLength": 20}}
    rules = _rules("quantity(self.cpu).compareTo(quantity(self.limit)) <= 0")
    yield _scene(
        "Amounts",
        amounts,
        [{"cpu": "500m", "limit": "1"}, {"cpu": "2", "limit": "1500m"}, {"cpu": "x", "limit": "1"}],
        spec_more=rules,
    )


def _transitions() -> Iterator[Scene]:
    crd = definition(
        "Frozen", {"class": {**TEXT, **_rules(_rule("self == oldSelf", message="class is immutable"))}, "size": INTEGER}
    )
    requests = [
        Request(custom("Frozen", **{"class": "a"})),
        Request(custom("Frozen", "changed-1", **{"class": "b"}), old=custom("Frozen", "changed-1", **{"class": "a"})),
        Request(
            custom("Frozen", "changed-2", **{"class": "a"}, size=2), old=custom("Frozen", "changed-2", **{"class": "a"}, size=1)
        ),
        Request(custom("Frozen", "changed-3", **{"class": "b"}), old=custom("Frozen", "changed-3", size=1)),
        Request(custom("Frozen", "changed-4", size=1), old=custom("Frozen", "changed-4", **{"class": "a"})),
    ]
    yield Scene("crd-frozen", [crd], requests)
    grow = _rules(_rule("self.size >= oldSelf.size", message="may only grow"))
    crd = definition("Growing", {"size": INTEGER, "note": TEXT}, spec_more=grow)
    requests = [
        Request(custom("Growing", size=1)),
        Request(custom("Growing", "changed-5", size=1), old=custom("Growing", "changed-5", size=2)),
        Request(custom("Growing", "changed-6", size=3), old=custom("Growing", "changed-6", size=2)),
        Request(custom("Growing", "changed-7", note="x"), old=custom("Growing", "changed-7", size=2, note="x")),
    ]
    yield Scene("crd-growing", [crd], requests)
    both = _rules(
        _rule("oldSelf.hasValue() || self.size == 0", optionalOldSelf=True),
        _rule("oldSelf.?size.orValue(0) <= self.size", optionalOldSelf=True),
    )
    crd = definition("Started", {"size": {"type": "integer", "default": 0}}, spec_more=both)
    requests = [
        Request(custom("Started", size=0)),
        Request(custom("Started", size=1)),
        Request(custom("Started", "changed-8", size=1), old=custom("Started", "changed-8", size=0)),
        Request(custom("Started", "changed-9", size=0), old=custom("Started", "changed-9", size=0)),
    ]
    yield Scene("crd-started", [crd], requests)
    item = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": TEXT, "size": {**INTEGER, **_rules("self >= oldSelf")}},
    }
    lists = {"items": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": item}}
    crd = definition("Keyed", lists)
    before = [{"name": "a", "size": 2}, {"name": "b", "size": 5}]
    afters = [
        [{"name": "b", "size": 5}, {"name": "a", "size": 3}],
        [{"name": "b", "size": 4}, {"name": "a", "size": 3}],
        [{"name": "c", "size": 1}],
    ]
    requests = [
        Request(custom("Keyed", f"keyed-{number}", items=after), old=custom("Keyed", f"keyed-{number}", items=before))
        for number, after in enumerate(afters)
    ]
    yield Scene("crd-keyed", [crd], requests)


def _collections() -> Iterator[Scene]:
    words = {
        "type": "array",
        "maxItems": 10,
        "items": {**TEXT, "maxLength": 10, **_rules(_rule("self != 'bad'", message="a bad word"))},
    }
    rules = {**words, **_rules("self.isSorted()", "size(self) < 4")}
    yield _scene(
        "Worder",
        {"words": rules},
        [
            {"words": ["a", "b"]},
            {"words": ["b", "a"]},
            {"words": ["a", "bad"]},
            {"words": ["a", "b", "c", "d"]},
            {"words": []},
            {"words": ["bad", "a", "bad"]},
        ],
    )
    values = {
        "type": "object",
        "maxProperties": 5,
        "additionalProperties": {**INTEGER, **_rules("self > 0")},
        **_rules("self.all(k, k.startsWith('x'))"),
    }
    yield _scene(
        "Mapped", {"values": values}, [{"values": {"x1": 1}}, {"values": {"y": 1}}, {"values": {"x-a": 0}}, {"values": {}}]
    )
    containers = {
        "type": "array",
        "maxItems": 5,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "items": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {**TEXT, "maxLength": 9},
                "ports": {
                    "type": "array",
                    "maxItems": 4,
                    "items": {"type": "object", "properties": {"port": INTEGER}, **_rules("self.port < 9000")},
                },
            },
            **_rules(_rule("self.name != 'root'", messageExpression="'the name ' + self.name", fieldPath=".name")),
        },
    }
    specs = [
        {"containers": [{"name": "a", "ports": [{"port": 80}]}]},
        {"containers": [{"name": "root"}]},
        {"containers": [{"name": "a", "ports": [{"port": 80}, {"port": 9001}]}, {"name": "root"}]},
        {"containers": [{"name": "a", "ports": [{}]}]},
    ]
    yield _scene("Housed", {"containers": containers}, specs, spec_more=_rules("self.containers.exists(c, c.name == 'a')"))
    members = {"type": "array", "maxItems": 5, "x-kubernetes-list-type": "set", "items": {**TEXT, "maxLength": 5}}
    rules = _rules("self.left == self.right", "(self.left + self.right).size() < 4")
    specs = [
        {"left": ["a", "b"], "right": ["b", "a"]},
        {"left": ["a"], "right": ["b"]},
        {"left": ["a", "b", "c"], "right": ["a", "b", "c"]},
    ]
    yield _scene("Sets", {"left": members, "right": members}, specs, spec_more=rules)


def _structure() -> Iterator[Scene]:
    nested = {
        "a": {
            "type": "object",
            "properties": {"b": {"type": "object", "properties": {"c": INTEGER}, **_rules("self.c > 1")}, "d": INTEGER},
            **_rules("self.b.c < self.d"),
        }
    }
    yield _scene(
        "Nested",
        nested,
        [
            {"a": {"b": {"c": 2}, "d": 3}},
            {"a": {"b": {"c": 1}, "d": 3}},
            {"a": {"b": {"c": 3}, "d": 3}},
            {"a": {"d": 3}},
            {"a": {"b": {}, "d": 1}},
        ],
    )
    embedded = {
        "template": {
            "type": "object",
            "x-kubernetes-embedded-resource": True,
            "x-kubernetes-preserve-unknown-fields": True,
            **_rules("self.kind == 'Pod'", "self.metadata.name != 'bad'"),
        }
    }
    specs = [
        {"template": {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "extra": {"x": 1}}}
        for kind, name in (("Pod", "a"), ("Job", "a"), ("Pod", "bad"))
    ]
    yield _scene("Embedded", embedded, specs)
    pruned = {
        "known": INTEGER,
        "kept": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"x": INTEGER}},
    }
    rules = _rules("self.known > 0", "!has(self.kept) || !has(self.kept.x) || self.kept.x > 0")
    yield _scene(
        "Pruned", pruned, [{"known": 1, "kept": {"x": 1, "y": 0}}, {"known": 0}, {"known": 1, "kept": {"x": 0}}], spec_more=rules
    )
    conditional = _rules("self.mode == 'Fixed' ? has(self.size) : !has(self.size)", "['Fixed', 'Auto'].exists(m, m == self.mode)")
    yield _scene(
        "Modal",
        {"mode": {**TEXT, "default": "Auto"}, "size": INTEGER},
        [{}, {"size": 1}, {"mode": "Fixed"}, {"mode": "Fixed", "size": 1}, {"mode": "Other"}],
        spec_more=conditional,
    )
    schema_fails = {"size": {**INTEGER, "maximum": 10, **_rules("self % 2 == 0")}}
    yield _scene("Bounded", schema_fails, [{"size": 4}, {"size": 5}, {"size": 12}, {"size": 13}])
