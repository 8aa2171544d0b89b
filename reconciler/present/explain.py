"""An explanation as a document: what JSON shows and `explain_text.py` prints."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import ClusterStatus
from reconciler.model.work import RenderedManifest
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.plan.mask_secrets import mask_one
from reconciler.present.document import commit_document
from reconciler.present.evictions import eviction_document
from reconciler.present.quotas import share_document
from reconciler.present.scales import scale_document
from reconciler.render.trace import ABSENT, FieldChange
from reconciler.repo.revision import Commit
from reconciler.review.explain import Candidate, Explanation, StepChanges
from reconciler.transition.suspension import Terms


def explanation(
    explained: Explanation, commit: Commit | None, clusters: Collection[str], *, with_manifest: bool
) -> dict[str, Any]:
    """commit: the one that last changed the template's file. clusters: the members to show."""
    item = explained.item
    claim = item.decided.claim
    return {
        "object": str(item.template.key),
        "template": str(item.template.origin),
        "expandedFrom": _parent(item),
        "commit": commit_document(commit) if commit else None,
        "claim": {
            "policy": str(claim.policy.ref) if claim.policy else None,
            "file": str(claim.policy.origin) if claim.policy else None,
            "reason": claim.reason,
            "candidates": [str(ref) for ref in claim.candidates],
            "ranking": [
                {"policy": str(one.policy), "file": str(one.origin), "standing": one.rank_criteria}
                for one in explained.candidates
            ],
            "waitingFor": list(claim.waiting_for),
        },
        "schedule": _schedule(item) | {"filters": _filters(explained), "arithmetic": list(explained.arithmetic)},
        "scale": None if explained.scale is None else scale_document(explained.scale),
        "limits": list(explained.limits),
        "endpoints": list(explained.endpoints),
        "quotas": [share_document(one, item.decided.counted) for one in explained.quotas],
        "transition": {
            "inForce": _targets(item.placed.in_force(item.template.key)),
            "requiredBy": [str(one.key) for one in item.placed.required_by],
            "suspended": _suspended(item.placed.terms),
            "preserved": item.placed.terms.preserve,
            "message": item.decided.hold or item.placed.message,
            "waitsFor": [*item.decided.transition.waits_for, *item.decided.eviction.waits, *item.decided.descheduled.waits],
            "rollout": explained.turn,
            "evictions": [eviction_document(task) for task in item.decided.eviction.tasks],
        },
        "clusters": [
            _cluster(explained, name, with_manifest) | {"edits": [_edit(step) for step in explained.edits.get(name, ())]}
            for name in map(ClusterName, clusters)
        ],
    }


def _parent(item: CompiledTemplate) -> dict[str, str] | None:
    """The Chart or Kustomize of a child, and the file in it, as helm tells it."""
    parent = item.template.parent
    return None if parent is None else {"object": str(parent.key), "file": parent.file}


def _candidate(candidate: Candidate) -> dict[str, str]:
    return {"policy": str(candidate.policy), "file": str(candidate.origin), "standing": candidate.rank_criteria}


def _filters(explained: Explanation) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [{"filter": verdict.filter, "passes": verdict.passes, "reason": verdict.reason} for verdict in verdicts]
        for name, verdicts in explained.filters.items()
    }


def _edit(step: StepChanges) -> dict[str, Any]:
    document: dict[str, Any] = {"step": step.step, "changes": [_change(change) for change in step.changes]}
    if step.rule is not None:
        rule = step.rule
        document |= {"policy": str(rule.policy), "rule": rule.position, "origin": str(rule.rule.origin)}
    return document | {"error": step.error} if step.error else document


def _change(change: FieldChange) -> dict[str, Any]:
    """A side that is absent has no field; null is a value."""
    sides = {"before": change.before, "after": change.after}
    return {"path": change.path} | {side: value for side, value in sides.items() if value is not ABSENT}


def _suspended(terms: Terms) -> list[str]:
    return ["*"] if terms.suspension.everywhere else sorted(terms.suspension.clusters)


def _schedule(item: CompiledTemplate) -> dict[str, Any]:
    scheduling = item.decided.scheduling
    if scheduling is None:
        return {"decision": "none", "reasons": [], "targets": {}, "rejected": {}}
    if isinstance(scheduling, Unschedulable):
        return {
            "decision": "unschedulable",
            "reasons": [f"{scheduling.reason}: {scheduling.message}"],
            "targets": {},
            "rejected": dict(scheduling.rejected),
        }
    return {
        "decision": "scheduled",
        "reasons": list(scheduling.reasons),
        "targets": _targets(scheduling),
        "rejected": dict(scheduling.rejected),
    }


def _targets(binding: Binding | None) -> dict[str, int | None]:
    if binding is None:
        return {}
    return {target.name: target.replicas if binding.workload else None for target in binding.targets}


def _cluster(explained: Explanation, name: ClusterName, with_manifest: bool) -> dict[str, Any]:
    rendering = explained.item.rendering
    rendered, failed = rendering.manifests.get(name), rendering.failed.get(name)
    document: dict[str, Any] = {"name": name, "rendered": rendered is not None, "kept": explained.keeps_copy(name)}
    status = explained.statuses.get(name)
    document["recorded"] = _recorded(status) if status is not None else None
    if failed is not None:
        place = str(failed.origin)
        document["error"] = failed.message if place in failed.message else f"{place}: {failed.message}"
    if rendered is not None:
        document |= _rendered(rendered, with_manifest)
    return document


def _recorded(status: ClusterStatus) -> dict[str, Any]:
    said = {"log": status.log} if status.log else {}
    return {"applied": status.applied, "health": status.health.word, "message": status.message or status.health.message, **said}


def _rendered(rendered: RenderedManifest, with_manifest: bool) -> dict[str, Any]:
    rules = [
        {"policy": str(rule.policy), "rule": rule.rule, "origin": str(rule.origin), "wrote": list(rule.paths)}
        for rule in rendered.overrides
    ]
    document = {"digest": rendered.public_digest, "replicas": rendered.replicas, "overrides": rules}
    if rendered.template is not None:
        document["object"] = rendered.key.name
    return document | {"manifest": mask_one(rendered.manifest)} if with_manifest else document
