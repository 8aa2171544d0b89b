"""Warnings about policies that match templates and claim none, because other policies have claimed them (`ClaimsNothing`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reconciler.claim.claims import Claim
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import PolicyRef
from reconciler.model.wording import first_few
from reconciler.pipeline.compiled import Compiled
from reconciler.review.places import Place


def policies_without_claim(compiled: Compiled, place: Place) -> Iterator[Issue]:
    """place: as for `lint`. A policy that names no object is left out: it may be there for what no other policy claims."""
    claims = [item.decided.claim for item in compiled.templates.values()]
    owners = {claim.policy.ref for claim in claims if claim.policy is not None}
    beaten: defaultdict[PolicyRef, list[Claim]] = defaultdict(list)
    for claim in claims:
        for ref in claim.candidates if claim.policy is not None else ():
            beaten[ref].append(claim)
    for policy in compiled.desired.policies:
        lost = beaten[policy.ref] if policy.ref not in owners and any(one.name for one in policy.selectors) else []
        if lost:
            keys = first_few(sorted(claim.template.key for claim in lost), 2)
            winners = first_few(sorted({str(claim.policy.ref) for claim in lost if claim.policy is not None}), 2)
            yield warning(
                "ClaimsNothing",
                f"{policy.ref} claims nothing: {keys} {'are' if lost[1:] else 'is'} claimed by {winners}",
                "A template has one policy: change that one, or remove this one.",
                origin=place(policy.origin, ("spec", "resourceSelectors")),
                subject=policy.ref,
            )
