"""Which tag a policy chooses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.images.choose_tag import PolicyError, check_policy, choose_tag, ranked_tags
from reconciler.model.image_policy import TagOrder
from tests.unit.images.builders import policy

BUILDS = ["main-1a2b3c-1700000000", "main-ffffff-1800000000", "main-000000-999", "dev-1a2b3c-1900000000", "latest"]
PATTERN = "^main-[a-f0-9]+-(?P<ts>[0-9]+)$"


@pytest.mark.parametrize(
    ("range_", "tags", "chosen"),
    [
        ("*", "1.2.0 1.10.0 1.9.0 latest", "1.10.0"),
        ("1.9.x", "1.2.0 1.10.0 v1.9.4 1.9.3", "v1.9.4"),
        (">=1.0.0", "1.0.0 2.0.0-rc.1", "1.0.0"),
        (">=1.0.0-0", "1.0.0 2.0.0-rc.1", "2.0.0-rc.1"),
        ("5.x", "1.0.0", ""),
    ],
)
def test_the_newest_version_of_the_range(range_: str, tags: str, chosen: str) -> None:
    assert choose_tag(policy(range_), tags.split()) == chosen


@pytest.mark.parametrize(("descending", "chosen"), [(False, "c"), (True, "a")])
def test_the_last_tag_of_the_alphabet_or_the_first(descending: bool, chosen: str) -> None:
    assert choose_tag(policy(order=TagOrder.ALPHABETICAL, descending=descending), ["b", "a", "c"]) == chosen


@pytest.mark.parametrize(("descending", "chosen"), [(False, "1e3"), (True, "9")])
def test_the_largest_number_or_the_smallest(descending: bool, chosen: str) -> None:
    tags = ["9", "10", "1e3", "latest", "nan", "0x10", "1_000_000"]
    assert choose_tag(policy(order=TagOrder.NUMERICAL, descending=descending), tags) == chosen


@pytest.mark.parametrize("extract", ["$ts", "${ts}", "$1", "${1}"])
def test_a_part_of_the_tag_is_compared(extract: str) -> None:
    one = policy(order=TagOrder.NUMERICAL, pattern=PATTERN, extract=extract)
    assert ranked_tags(one, BUILDS) == ["main-ffffff-1800000000", "main-1a2b3c-1700000000", "main-000000-999"]


def test_a_group_that_is_not_there_is_empty_as_for_go() -> None:
    numbers = policy(order=TagOrder.NUMERICAL, pattern=PATTERN)
    assert ranked_tags(policy(order=TagOrder.ALPHABETICAL, pattern=PATTERN, extract="$no$9$$x"), BUILDS[:1]) == BUILDS[:1]
    assert ranked_tags(numbers, BUILDS) == [], "the whole tag is no number"


@pytest.mark.parametrize(
    "fields",
    [{"range_": "newest"}, {"pattern": "("}, {"pattern": r"(?=x)"}, {"extract": "$ts"}],
    ids=lambda fields: next(iter(fields)),
)
def test_what_no_tag_can_be_chosen_by(fields: dict[str, str]) -> None:
    with pytest.raises(PolicyError):
        check_policy(policy(**fields))


def test_a_refused_tag_is_not_chosen_and_neither_is_what_comes_before_the_present_one() -> None:
    tags = ["1.0.0", "1.1.0", "1.2.0"]
    assert choose_tag(policy(), tags, "1.0.0", {"1.2.0"}) == "1.1.0"
    assert choose_tag(policy(), tags, "1.1.0", {"1.2.0"}) == "1.1.0"
    assert choose_tag(policy(), [*tags, "1.3.0"], "1.1.0", {"1.2.0"}) == "1.3.0"
    assert choose_tag(policy(), ["1.0.0"], "1.1.0") == "1.1.0", "also where the registry does not hold it any more"
    assert choose_tag(policy("1.x"), tags, "main") == "1.2.0", "what the policy does not allow is replaced"


VERSIONS = st.lists(st.tuples(*(st.integers(0, 20),) * 3).map(lambda three: ".".join(map(str, three))), unique=True)


@given(VERSIONS, st.data())
def test_a_choice_is_never_a_step_back_and_never_refused(tags: list[str], data: st.DataObject) -> None:
    present = data.draw(st.sampled_from([*tags, "0.0.0"]))
    refused = data.draw(st.frozensets(st.sampled_from(tags))) if tags else frozenset()
    chosen = choose_tag(policy(), tags, present, refused)

    def numbers(tag: str) -> tuple[int, ...]:
        return tuple(map(int, tag.split(".")))

    assert chosen == present or (chosen in tags and chosen not in refused and numbers(chosen) > numbers(present))
    assert all(numbers(tag) <= numbers(chosen) for tag in tags if tag not in refused)
