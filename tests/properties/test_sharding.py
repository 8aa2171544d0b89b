"""What holds for every set of replicas and members: who owns what, how little moves, and that no member has two writers."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from reconciler.model.keys import ClusterName
from reconciler.model.sharding import Replica, Shard, View, owner

MEMBERS = [ClusterName(f"member-{number}") for number in range(300)]
REPLICAS = st.frozensets(st.text(min_size=1, max_size=8).map(Replica), min_size=1, max_size=8)
FEW = [Replica(name) for name in "abcd"]


@given(REPLICAS, st.text().map(ClusterName), st.randoms(use_true_random=False))
def test_every_process_names_the_same_owner(replicas: View, member: ClusterName, chance: Random) -> None:
    shuffled = sorted(replicas)
    chance.shuffle(shuffled)
    assert owner(member, replicas) == owner(member, shuffled)
    assert owner(member, replicas) in replicas


def test_the_owner_depends_on_nothing_but_the_names() -> None:
    """Versions of the program that run side by side during an upgrade must agree."""
    owners = {name: owner(ClusterName(name), FEW) for name in ("europe", "asia", "américa")}
    assert owners == {"europe": "c", "asia": "a", "américa": "c"}


def test_without_replicas_there_is_no_owner() -> None:
    assert owner(ClusterName("m1"), ()) is None


@given(REPLICAS, st.text(min_size=1, max_size=8).map(Replica))
def test_a_replica_that_comes_or_goes_moves_only_its_own_members(replicas: View, one: Replica) -> None:
    without, with_it = replicas - {one}, replicas | {one}
    for member in MEMBERS:
        assert owner(member, with_it) in (one, owner(member, without))


@given(st.integers(2, 8), st.integers(0, 10**9))
def test_members_are_spread_evenly(count: int, seed: int) -> None:
    """Each replica has its share, give or take what chance does with 300 members: five standard deviations."""
    replicas = [Replica(f"reconciler-{seed}-{number}") for number in range(count)]
    shares = Counter(owner(member, replicas) for member in MEMBERS)
    share = len(MEMBERS) / count
    deviation = (share * (1 - 1 / count)) ** 0.5
    assert all(abs(shares[replica] - share) <= 5 * deviation for replica in replicas)


@given(st.sampled_from(FEW), st.frozensets(st.sampled_from(FEW)), st.frozensets(st.sampled_from(FEW)))
def test_a_member_that_somebody_else_claims_is_in_no_shard(one: Replica, view: View, of_other: View) -> None:
    other = next(replica for replica in FEW if replica != one)
    alone, beside = Shard(one, view), Shard(one, view, frozenset({(other, of_other)}))
    for member in MEMBERS[:40]:
        assert (member in alone) == (owner(member, view) == one)
        assert (member in beside) == (member in alone and owner(member, of_other) != other)


class Replicas(RuleBasedStateMachine):
    """Replicas that see one another at any time, in any order: the steps of `daemon/sharding.py`, one at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[Replica, View] = {}
        """What each replica that is alive says in public."""
        self.shards = {replica: Shard(replica) for replica in FEW}
        self.planned: dict[Replica, View] = {}
        """A view that a replica is about to make public, after it gave up what it loses by it."""

    @rule(replica=st.sampled_from(FEW))
    def start(self, replica: Replica) -> None:
        self.said.setdefault(replica, frozenset())

    @rule(replica=st.sampled_from(FEW))
    def end(self, replica: Replica) -> None:
        self.said.pop(replica, None)
        self.planned.pop(replica, None)
        self.shards[replica] = Shard(replica)

    @rule(replica=st.sampled_from(FEW), unseen=st.frozensets(st.sampled_from(FEW)))
    def give_up(self, replica: Replica, unseen: View) -> None:
        """unseen: the replicas that this one wrongly takes for dead."""
        if replica in self.said:
            self.planned[replica] = (frozenset(self.said) - unseen) | {replica}

    @rule(replica=st.sampled_from(FEW))
    def say(self, replica: Replica) -> None:
        if replica in self.planned:
            self.said[replica] = self.planned.pop(replica)

    @rule(replica=st.sampled_from(FEW))
    def ask(self, replica: Replica) -> None:
        if replica in self.said and replica not in self.planned:
            others = frozenset((other, view) for other, view in self.said.items() if other != replica)
            self.shards[replica] = Shard(replica, self.said[replica], others)

    def writers(self, member: ClusterName) -> list[Replica]:
        return [
            replica
            for replica, shard in self.shards.items()
            if member in shard and (replica not in self.planned or owner(member, self.planned[replica]) == replica)
        ]

    @invariant()
    def nobody_writes_beside_another(self) -> None:
        assert all(len(self.writers(member)) <= 1 for member in MEMBERS[:30])

    def teardown(self) -> None:
        """Once all see all, every member has its writer."""
        for step in (self.start, self.end)[: not self.said]:
            step(FEW[0])
        for replica in self.said:
            self.give_up(replica, frozenset())
        for replica in self.said:
            self.say(replica)
        for replica in self.said:
            self.ask(replica)
        assert all(self.writers(member) == [owner(member, self.said)] for member in MEMBERS[:30])


TestReplicas = Replicas.TestCase
