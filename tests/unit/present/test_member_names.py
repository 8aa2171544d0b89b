"""Many members in few words."""

from __future__ import annotations

import pytest

from reconciler.present.member_names import Placed, member_forms


def many(count: int, replicas: int | None = 7) -> list[Placed]:
    return [Placed(f"m{number:04}", replicas) for number in range(count)]


@pytest.mark.parametrize(
    ("placed", "forms"),
    [
        ([], ("",)),
        ([Placed("member1")], ("member1", "1")),
        (many(2), ("m0000:7,m0001:7", "2 clusters", "2")),
        (many(20), (",".join(f"m{number:04}:7" for number in range(20)), "m0000..m0019: 7 each", "20 clusters: 7 each",
                    "20 clusters", "20")),
        (many(4, None), ("m0000,m0001,m0002,m0003", "m0000..m0003", "4 clusters", "4")),
        ([*many(3), Placed("x", 10, 3)], ("m0000:7,m0001:7,m0002:7,x:10 (share 3)", "m0000..m0002: 7 each, x:10 (share 3)",
                                          "4 clusters: 31 replicas", "4 clusters", "4")),
        ([one for one in many(9, None) if one.name != "m0004"],
         ("m0000,m0001,m0002,m0003,m0005,m0006,m0007,m0008", "m0000..m0003, m0005..m0008", "8 clusters", "8")),
        ([Placed(f"eu-{number}") for number in (1, 10, 11, 2, 3, 9)],
         ("eu-1,eu-10,eu-11,eu-2,eu-3,eu-9", "eu-1..eu-3, eu-9..eu-11", "6 clusters", "6")),
    ],
)  # fmt: skip
def test_forms(placed: list[Placed], forms: tuple[str, ...]) -> None:
    assert member_forms(placed) == forms
