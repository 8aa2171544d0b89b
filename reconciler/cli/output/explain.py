"""One object's course through the stages, as the stages told it. The text prints the same document that JSON gives."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import typer

from reconciler.documents.writer import dump
from reconciler.engine.pipeline import Compiled, Course
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.work import RenderedManifest
from reconciler.plan.mask import mask_one
from reconciler.transition.suspension import Terms


def explanation(course: Course, compiled: Compiled, clusters: Collection[str] = ()) -> dict[str, Any]:
    """clusters: the members of interest; the manifest itself is included where one is named."""
    claim, step = course.claim, course.step
    return {
        "object": str(course.template.key),
        "template": str(course.template.origin),
        "claim": {
            "policy": str(claim.policy.ref) if claim.policy else None,
            "file": str(claim.policy.origin) if claim.policy else None,
            "reason": claim.reason,
            "candidates": [str(ref) for ref in claim.candidates],
            "waitingFor": list(claim.waiting_for),
        },
        "schedule": _schedule(course),
        "transition": {
            "inForce": _targets(course.in_force),
            "requiredBy": [str(one.key) for one in course.required_by],
            "suspended": _suspended(course.terms),
            "preserved": course.terms.preserve,
            "message": course.held or step.message,
            "waitsFor": list(step.waits_for),
        },
        "clusters": [_cluster(course, name, bool(clusters)) for name in compiled.works if (not clusters or name in clusters)],
    }


def _suspended(terms: Terms) -> list[str]:
    return ["*"] if terms.suspension.everywhere else sorted(terms.suspension.clusters)


def _schedule(course: Course) -> dict[str, Any]:
    decision = course.decision
    if decision is None:
        return {"decision": "none", "reasons": [], "targets": {}, "rejected": {}}
    if isinstance(decision, Unschedulable):
        return {
            "decision": "unschedulable",
            "reasons": [f"{decision.reason}: {decision.message}"],
            "targets": {},
            "rejected": dict(decision.rejected),
        }
    return {
        "decision": "scheduled",
        "reasons": list(decision.reasons),
        "targets": _targets(decision),
        "rejected": dict(decision.rejected),
    }


def _targets(binding: Binding | None) -> dict[str, int | None]:
    if binding is None:
        return {}
    return {target.name: target.replicas if binding.workload else None for target in binding.targets}


def _cluster(course: Course, name: str, with_manifest: bool) -> dict[str, Any]:
    rendered = next((manifest for cluster, manifest in course.rendering.manifests.items() if cluster == name), None)
    failed = next((issue for cluster, issue in course.rendering.failed.items() if cluster == name), None)
    document: dict[str, Any] = {"name": name, "rendered": rendered is not None}
    if failed is not None:
        document["error"] = f"{failed.origin}: {failed.message}"
    if rendered is not None:
        document |= _rendered(rendered, with_manifest)
    return document


def _rendered(rendered: RenderedManifest, with_manifest: bool) -> dict[str, Any]:
    rules = [
        {"policy": str(rule.policy), "rule": rule.rule, "origin": str(rule.origin), "wrote": list(rule.paths)}
        for rule in rendered.overrides
    ]
    document = {"digest": rendered.public_digest, "replicas": rendered.replicas, "overrides": rules}
    return document | {"manifest": mask_one(rendered.manifest)} if with_manifest else document


def print_explanation(document: dict[str, Any]) -> None:
    for line in _lines(document):
        typer.echo(line)


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield document["object"]
    yield f"  template     {document['template']}"
    claim = document["claim"]
    yield f"  claimed by   {claim['policy'] or 'nobody'}" + (f" ({claim['file']})" if claim["file"] else "")
    yield f"               {claim['reason']}"
    others = [name for name in claim["candidates"] if name != claim["policy"]]
    if others:
        yield f"               also matching: {', '.join(others)}"
    schedule = document["schedule"]
    yield f"  scheduled    {_printed_targets(schedule['targets']) or schedule['decision']}"
    yield from (f"               {reason}" for reason in schedule["reasons"])
    yield from (f"               not {name}: {reason}" for name, reason in sorted(schedule["rejected"].items()))
    transition = document["transition"]
    if transition["inForce"] != schedule["targets"] or transition["message"]:
        yield f"  in force     {_printed_targets(transition['inForce']) or 'nowhere'}"
        if transition["message"]:
            yield f"               {transition['message']}"
        yield from (f"               {sentence}" for sentence in transition["waitsFor"])
    yield from (f"               required by {name}" for name in transition["requiredBy"])
    if transition["suspended"]:
        where = ", ".join(transition["suspended"]).replace("*", "every member")
        yield f"  suspended    on {where}: nothing is written or removed there"
    if transition["preserved"]:
        yield "  preserved    copies that are no longer wanted are let go instead of being removed"
    for cluster in document["clusters"]:
        yield from _cluster_lines(cluster)


def _cluster_lines(cluster: dict[str, Any]) -> Iterator[str]:
    if "error" in cluster:
        yield f"  on {cluster['name']}: cannot be rendered: {cluster['error']}"
    if not cluster["rendered"]:
        return
    count = "" if cluster["replicas"] is None else f", {cluster['replicas']} replicas"
    yield f"  on {cluster['name']}{count}"
    for rule in cluster["overrides"]:
        yield f"               {rule['policy']} ({rule['origin']}) wrote {', '.join(rule['wrote']) or 'nothing new'}"
    if "manifest" in cluster:
        yield from (f"    {line}" for line in dump(cluster["manifest"]).splitlines())


def _printed_targets(targets: dict[str, int | None]) -> str:
    return ", ".join(name if count is None else f"{name}: {count}" for name, count in sorted(targets.items()))
