from __future__ import annotations

from reconciler.model.keys import ClusterName
from reconciler.review.live.usage import usage_of

M1 = "NAME    CPU(cores)   MEMORY(bytes)\nweb-1   2m           1Gi\nweb-2   1            3Mi\n"
M2 = "NAME    CPU(cores)   MEMORY(bytes)\nweb-3   <unknown>    <unknown>\n"
OUTPUTS = {ClusterName("m1"): M1, ClusterName("m2"): M2}


def names(sort_by: str = "") -> list[str]:
    return [cells["NAME"] for _, cells in usage_of(OUTPUTS, sort_by).rows]


def test_rows_are_those_of_kubectl_with_their_member() -> None:
    usage = usage_of(OUTPUTS)
    assert usage.columns == ("NAME", "CPU(cores)", "MEMORY(bytes)")
    assert usage.rows[0] == ("m1", {"NAME": "web-1", "CPU(cores)": "2m", "MEMORY(bytes)": "1Gi"})
    assert names() == ["web-1", "web-2", "web-3"]


def test_what_uses_most_is_first_and_what_is_unknown_last() -> None:
    assert names("cpu") == ["web-2", "web-1", "web-3"]
    assert names("memory") == ["web-1", "web-2", "web-3"]
