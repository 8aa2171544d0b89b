"""The entrance: whether a cluster accepts an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.cel.contents import Cluster
from reconciler.cel.definition_rules import judge_rules
from reconciler.cel.judge import judge
from reconciler.cel.requests import Request
from reconciler.cel.stored_objects import stored
from reconciler.cel.verdicts import Outcome, Verdict
from reconciler.model.manifest import Manifest, gvk_of


def admit(
    manifest: Manifest,
    old: Manifest | None,
    cluster: Cluster,
    given_up: Mapping[str, str] | None = None,
    started: Callable[[str], None] = lambda policy: None,
) -> list[Verdict]:
    """What the policies and the rules of the cluster say about writing an object; empty if all accept it.

    old: the object before, None where it is created. Schemas are not checked: what violates one is refused before its rules.
    given_up: policy, or kind of a custom resource → why it is not applied. started: is called before each is applied.
    """
    gvk = gvk_of(manifest)
    schema = cluster.schemas.get(gvk)
    new, before = stored(manifest, schema), None if old is None else stored(old, schema)
    verdicts: list[Verdict] = []
    if schema is not None and gvk in cluster.ruled:
        started(str(gvk))
        reason = (given_up or {}).get(str(gvk))
        verdicts = [Verdict(Outcome.NOT_JUDGED, "", "", reason)] if reason else judge_rules(new, before, cluster.ruled[gvk])
    return [*verdicts, *judge(Request(new, before, cluster.contents), given_up or {}, started)]
