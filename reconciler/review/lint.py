"""Warnings about policies and clusters that are valid and probably a mistake. Pure.

`validate` prints all of them, `sync` those that are new.

| Warning | Module |
|---|---|
| `MatchesNothing` | `selectors_without_match.py` |
| `ClaimsNothing` | `policies_without_claim.py` |
| `UnknownCluster`, `MatchesNoCluster` | `clusters_without_match.py` |
| `ChangesNothing` | `overriders_without_effect.py` |
| `NotActedOn`: fields that cleaning removes | `overriders_without_effect.py` |
| `OverriddenLater` | `overriders_overridden.py` |
| `ConnectsNothing`, `EndpointsNotExchanged` | `unconnected_services.py` |
| `NoCredential` | `no_credential.py` |
| `NotActedOn`: division by capacity | `capacity_not_recorded.py` |
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reconciler.model.issues import Issue
from reconciler.model.keys import ResourceKey
from reconciler.pipeline.compiled import Compiled
from reconciler.review.capacity_not_recorded import capacity_not_recorded
from reconciler.review.clusters_without_match import clusters_without_match
from reconciler.review.no_credential import no_credential
from reconciler.review.override_runs import override_runs
from reconciler.review.overriders_overridden import overriders_overridden
from reconciler.review.overriders_without_effect import overriders_without_effect
from reconciler.review.places import Place, of_object
from reconciler.review.policies_without_claim import policies_without_claim
from reconciler.review.selectors_without_match import selectors_without_match
from reconciler.review.unconnected_services import unconnected_services


def lint(compiled: Compiled, place: Place = of_object, overridden: Collection[ResourceKey] | None = None) -> Iterator[Issue]:
    """Selectors, choices of clusters and overriders that have no effect, and clusters without a credential.

    place: the place of one item of an object, such as `Compiler.place`.
    overridden: the templates whose overrides are looked at; None for all.

    While a file has an error, there are only those about credentials: the missing template or cluster may be in that file.
    """
    yield from no_credential(compiled.desired.clusters)
    if compiled.protected.files:
        return
    runs = override_runs(compiled, overridden)
    yield from clusters_without_match(compiled.desired, compiled.renamed, place)
    yield from capacity_not_recorded(compiled.desired)
    yield from selectors_without_match(compiled, runs, place)
    yield from policies_without_claim(compiled, place)
    yield from unconnected_services(compiled)
    yield from overriders_without_effect(runs)
    yield from overriders_overridden(runs)
