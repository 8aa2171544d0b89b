"""Many things as few groups."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.pictures.folding import folded, member_stem

NAMES = st.lists(st.from_regex(r"(edge|core|eu-west|m|[a-z]{1,3})-?[0-9]{0,4}", fullmatch=True), max_size=200, unique=True).map(
    sorted
)


def labels(names: list[str], most: int) -> list[str]:
    return [group.label for group in folded(names, most, member_stem)]


def test_what_fits_is_not_folded() -> None:
    assert labels(["a1", "a2", "b"], 3) == ["a1", "a2", "b"]


def test_equal_parts_of_one_stem() -> None:
    assert labels([f"m{at:03}" for at in range(10)], 3) == ["m000 +3", "m004 +3", "m008 +1"]


def test_a_stem_with_few_names_keeps_each_of_them_alone() -> None:
    names = sorted(["core-1", "core-2", *(f"edge-{at}" for at in range(100, 200))])
    assert labels(names, 4) == ["core-1", "core-2", "edge-100 +49", "edge-150 +49"]


def test_many_stems_have_a_group_each() -> None:
    names = sorted(f"{stem}-{at}" for stem in ("ams", "ber", "cdg") for at in range(5))
    assert labels(names, 5) == ["ams-*", "ber-*", "cdg-*"]


def test_more_stems_than_groups_are_cut_as_they_come() -> None:
    assert labels(["ams", "ber", "cdg", "dub", "edi"], 2) == ["ams +2", "dub +1"]


@given(NAMES, st.integers(1, 30))
def test_everything_is_in_one_group_and_there_are_not_too_many(names: list[str], most: int) -> None:
    groups = folded(names, most, member_stem)
    assert sorted(name for group in groups for name in group.members) == names
    assert len(groups) <= most
    assert all(group.members for group in groups)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(2, 30))
def test_one_more_name_concerns_its_own_stem_only(edges: int, cores: int, most: int) -> None:
    def groups(number: int) -> list[tuple[str, ...]]:
        names = sorted([*(f"edge-{at}" for at in range(number)), *(f"core-{at}" for at in range(cores))])
        found = folded(names, most, member_stem) if len(names) > most else ()
        return [group.members for group in found if group.members[0].startswith("core")]

    before = groups(edges)
    if before:
        assert groups(edges + 1) == before
