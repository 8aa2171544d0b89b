"""What the log has of the exchange of endpoints."""

from __future__ import annotations

import io

import orjson

from reconciler.daemon.endpoints import _Said
from reconciler.daemon.log import logger
from tests.unit.endpoints.builders import M1, M2


def test_a_member_whose_slices_cannot_be_read_is_named_once() -> None:
    out = io.StringIO()
    said = _Said(logger(as_json=True, to=out))
    forbidden = {M1: "m1: list endpointslices: forbidden"}
    said.troubles({**forbidden, M2: "no connection"}, {M2})  # The pass has told of the second one.
    said.troubles(forbidden, ())
    said.troubles({}, ())
    said.troubles(forbidden, ())
    lines = [orjson.loads(line) for line in out.getvalue().splitlines()]
    assert [(one["event"], one["cluster"], one["error"]) for one in lines] == [
        ("endpoints cannot be read", "m1", "m1: list endpointslices: forbidden")
    ] * 2
    assert "list and watch on endpointslices" in lines[0]["remedy"]
