"""Secrets as they are shown (family `diff`, mask-secrets): the masks are our own, what they must hide and tell is not."""

from typing import Any

from reconciler.model.manifest import mapping
from reconciler.plan.mask_secrets import mask
from tests.conformance.replay import cases


@cases("diff", "mask-secrets")
def test_mask(case: dict[str, Any]) -> None:
    """Two places of one key look alike exactly if the reference has them look alike. Which annotations to hide need not be chosen
    here: all those of a Secret are masked."""
    given, expected = case["input"], case["expect"]
    sides = mask(given["target"], given["live"])
    ours, theirs = (_values(*pair) for pair in (sides, (expected["target"], expected["live"])))
    assert ours.keys() == theirs.keys(), case["why"]
    assert [[ours[a] == ours[b] for b in ours if a[1] == b[1]] for a in ours] == [
        [theirs[a] == theirs[b] for b in ours if a[1] == b[1]] for a in ours
    ], case["why"]
    for name in set(given["hideAnnotations"]) - {_WHOLE}:
        mine, reference = (_annotation(name, *pair) for pair in (sides, (expected["target"], expected["live"])))
        assert mine.keys() == reference.keys(), case["why"]
        assert len(set(mine.values())) == len(set(reference.values())), case["why"]
    secret = {value for value in _values(given["target"], given["live"]).values() if isinstance(value, str) and len(value) > 3}
    told = [*ours.values(), *(shown for side in sides for shown in mapping(side, "metadata", "annotations").values())]
    assert not [value for value in secret if any(value in shown for shown in told)], case["why"]


def _values(*sides: Any) -> dict[tuple[int, str], str]:
    """(side, key) → what is shown."""
    found: dict[tuple[int, str], str] = {}
    for side, manifest in enumerate(sides):
        for field in ("data", "stringData"):
            found |= {(side, key): shown for key, shown in mapping(manifest, field).items()}
    return found


def _annotation(name: str, *sides: Any) -> dict[int, str]:
    """Side → what is shown of one annotation."""
    shown = {side: mapping(manifest, "metadata", "annotations").get(name) for side, manifest in enumerate(sides)}
    return {side: text for side, text in shown.items() if text is not None}


_WHOLE = "kubectl.kubernetes.io/last-applied-configuration"
"""Ours is masked as a whole, the reference's in its parts."""
