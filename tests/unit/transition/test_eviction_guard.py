"""How many members are given up, and how many objects move, at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.failover import FailoverSettings
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.transition.eviction_guard import Load, Request, admit, cut_off, limit

START = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = [ResourceKey("", "ConfigMap", "shop", f"c{number}") for number in range(8)]
NAMES = [ClusterName(f"m{number}") for number in range(5)]


def request(key: int, member: int, minutes: int = 0, *, returns: bool = False) -> Request:
    return Request(KEYS[key], NAMES[member], START + timedelta(minutes=minutes), returns)


def test_a_share_is_at_least_one() -> None:
    assert [limit(0.3, total) for total in (0, 1, 3, 4, 10)] == [1, 1, 1, 1, 3]
    assert limit(0.29, 100) == 29


def test_nothing_moves_while_fewer_than_half_are_ready() -> None:
    assert not cut_off(Load(2, 1, 9))
    admission = admit([request(0, 0)], Load(3, 1, 9), FailoverSettings())
    assert not admission.admitted
    (why,) = admission.paused.values()
    assert why.startswith("only 1 of 3 members are Ready")


def test_the_oldest_come_first_and_one_member_after_the_other() -> None:
    requests = [request(0, 1, 5), request(1, 0, 5), request(2, 2, 1)]
    admission = admit(requests, Load(5, 4, 8), FailoverSettings(max_members=0.4, max_objects=1.0))
    assert admission.admitted == {(KEYS[2], NAMES[2]), (KEYS[1], NAMES[0])}
    assert list(admission.paused) == [(KEYS[0], NAMES[1])]
    assert "maxMembers" in admission.paused[KEYS[0], NAMES[1]]


def test_returns_wait_for_objects_that_must_leave_and_give_up_no_member() -> None:
    load = Load(5, 5, 8, given_up=frozenset(NAMES[:1]))
    settings = FailoverSettings(max_members=0.2, max_objects=0.25)
    admission = admit([request(0, 3, returns=True), request(1, 0, 9), request(2, 0, 9)], load, settings)
    assert admission.admitted == {(KEYS[1], NAMES[0]), (KEYS[2], NAMES[0])}
    assert "maxObjects" in admission.paused[KEYS[0], NAMES[3]]
    assert admit([request(0, 3, returns=True)], load, settings).admitted


def test_what_finds_no_place_takes_no_turn_and_gives_up_no_member() -> None:
    asked: list[ResourceKey] = []

    def finds_place(one: Request) -> bool:
        asked.append(one.key)
        return one.key != KEYS[0]

    requests = [request(0, 0), request(1, 1, 1), request(2, 1, 1), request(3, 1, 1)]
    admission = admit(requests, Load(5, 5, 8), FailoverSettings(max_members=0.2, max_objects=0.25), finds_place)
    assert admission.admitted == {(KEYS[1], NAMES[1]), (KEYS[2], NAMES[1])}
    assert (admission.homeless, list(admission.paused)) == ({(KEYS[0], NAMES[0])}, [(KEYS[3], NAMES[1])])
    assert asked == KEYS[:3], "what waits for its turn takes no place from others"


REQUESTS = st.lists(
    st.builds(request, st.integers(0, 7), st.integers(0, 4), st.integers(0, 9), returns=st.booleans()),
    max_size=12,
    unique_by=lambda one: one.move,
)
SETTINGS = st.builds(FailoverSettings, max_members=st.floats(0, 1), max_objects=st.floats(0, 1))


@given(
    SETTINGS,
    st.lists(st.tuples(REQUESTS, st.integers(0, 5), st.sets(st.sampled_from(KEYS))), max_size=12),
    st.sets(st.sampled_from(KEYS)),
)
def test_the_shares_are_never_exceeded_whatever_the_order_of_events(
    settings: FailoverSettings, rounds: list[tuple[list[Request], int, set[ResourceKey]]], stuck: set[ResourceKey]
) -> None:
    """In each round some moves end, members come back, and others fail. stuck: those that find no place."""
    moves: set[tuple[ResourceKey, ClusterName, bool]] = set()
    for requests, ready, finished in rounds:
        moves = {one for one in moves if one[0] not in finished}
        given_up = frozenset(name for _, name, returns in moves if not returns)
        load = Load(5, ready, 8, given_up, frozenset(key for key, _, _ in moves))
        admission = admit(requests, load, settings, lambda one: one.key not in stuck)
        parts = [*admission.admitted, *admission.paused, *admission.homeless]
        assert sorted(parts) == sorted(one.move for one in requests), "each is one of the three"
        assert {key for key, _ in admission.homeless} <= stuck
        moves |= {(*one.move, one.returns) for one in requests if one.move in admission.admitted}
        if ready * 2 < 5:
            assert not admission.admitted
        assert len({key for key, _, _ in moves}) <= limit(settings.max_objects, 8)
        assert len({name for _, name, returns in moves if not returns}) <= limit(settings.max_members, 5)
