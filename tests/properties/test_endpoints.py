"""Copies of endpoints, for every fleet: nobody gets its own, everybody gets those of all others, and twice is once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from reconciler.endpoints.copies import difference, provider_of, wanted_copies
from reconciler.endpoints.routes import CONNECTED, IMPORTED, Route, ServiceName
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest
from tests.unit.endpoints.builders import slice_of

NAMES = st.lists(st.sampled_from(["a", "b", "a-b", "b-a", "c"]), unique=True).map(
    lambda names: tuple(map(ClusterName, sorted(names)))
)
SLICES = st.dictionaries(st.sampled_from(["web-a", "b-web", "web"]), st.integers(0, 3), max_size=3)
Sources = Mapping[tuple[ClusterName, ServiceName], Sequence[Manifest]]


@st.composite
def fleets(draw: st.DrawFn) -> tuple[list[Route], Sources, list[ClusterName]]:
    """Routes to one target, what each provider has, and the members."""
    routes = []
    for number in range(draw(st.integers(0, 2))):
        source = "shop", f"web{number}"
        controller, prefix = draw(st.sampled_from([(CONNECTED, ""), (IMPORTED, "imported-")]))
        routes.append(Route(("shop", "web"), source, prefix, controller, "", draw(NAMES), draw(NAMES)))
    sources = {}
    for route in routes:
        for provider in route.providers:
            made = draw(SLICES)
            sources[provider, route.source] = [
                slice_of(name, *[f"10.0.{index}.{number}" for number in range(count)])
                for index, (name, count) in enumerate(made.items())
            ]
    return routes, sources, [ClusterName(name) for name in ("a", "b", "a-b", "b-a", "c")]


@given(fleets())
def test_a_consumer_has_all_endpoints_of_all_others_and_none_of_its_own(
    fleet: tuple[list[Route], Sources, list[ClusterName]],
) -> None:
    routes, sources, members = fleet
    for member in members:
        wanted = wanted_copies(member, routes, sources, "shop")
        assert member not in {provider_of(copy) for copy in wanted.values()}
        expected = [
            endpoint
            for route in routes
            if member in route.consumers
            for provider in route.providers
            if provider != member
            for source in sources.get((provider, route.source), ())
            for endpoint in source["endpoints"] or ()
        ]
        got = [endpoint for copy in wanted.values() for endpoint in copy["endpoints"]]
        assert sorted(map(str, got)) == sorted(map(str, expected))


@given(fleets())
def test_what_was_written_needs_no_second_write(fleet: tuple[list[Route], Sources, list[ClusterName]]) -> None:
    routes, sources, members = fleet
    for member in members:
        wanted = wanted_copies(member, routes, sources, "shop")
        held = [copy for copy, _ in difference(wanted, ()).written]
        assert len({copy["metadata"]["name"] for copy in held}) == len(held)
        assert not difference(wanted, held)
        assert len(difference({}, held).removed) == len(held)


@given(fleets(), st.randoms(use_true_random=False))
def test_the_order_of_what_members_say_does_not_matter(
    fleet: tuple[list[Route], Sources, list[ClusterName]], random: object
) -> None:
    routes, sources, members = fleet
    shuffled = {key: sorted(several, key=lambda one: random.random()) for key, several in sources.items()}  # type: ignore[attr-defined]
    for member in members:
        assert wanted_copies(member, routes, sources, "shop") == wanted_copies(member, routes, shuffled, "shop")
