"""`RecordedState` ⇄ the files of the status branch. Equal facts give equal bytes: the only times are the starts of timers.

revision.yaml                                     the revision reconciled, its files with errors and with Tenants, the layout of
                                                  this branch
clusters/<name>.yaml                              one member: ready or not, counts, the digest of its manifests
bindings/<namespace>/<Kind>.<group>/<name>.yaml   one decision: target clusters and replicas, policy, overrides
reports/<namespace>/<Kind>.<group>/<name>.yaml    what the members reported of the same object
rebalancers/<name>.yaml                           the workloads that a WorkloadRebalancer has placed afresh
rollouts/<name>.yaml                              the last rollout of a policy, or of everything else
quotas/<namespace>/<name>.yaml                    what of a FederatedResourceQuota is used
scales/<namespace>/<Kind>.<group>/<name>.yaml     the number of replicas, or the limits, that an autoscaler gave an object
schedules/<namespace>/<name>.yaml                 the last firings of the rules of a CronFederatedHPA

In layout 1 there was no `reports/`: the bindings held the reports of the members, too. Layout 1 is read; the next commit writes
layout 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from reconciler.documents.plain_reader import NotPlainError, PlainReader
from reconciler.documents.reader import read_stream
from reconciler.documents.writer import dump
from reconciler.errors import ReconcilerError
from reconciler.model.broken_file import BrokenFile
from reconciler.model.file_names import path_of, path_part
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import get, text
from reconciler.model.memo import Memo
from reconciler.model.quota import QuotaUse
from reconciler.model.recorded import ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.model.rollout import RecordedRollout
from reconciler.model.scale import RecordedCron, RecordedScale
from reconciler.model.settings import Mode
from reconciler.record import (
    cluster_documents,
    decision_documents,
    quota_documents,
    report_documents,
    rollout_documents,
    scale_documents,
)
from reconciler.record.document_fields import API_VERSION, nonempty, parse_items, parse_names, parse_resource, resource

LAYOUT = 2
"""Of the files that we write. A change that older programs cannot read needs a new number."""
_READABLE = (1, LAYOUT)

Document = Mapping[str, Any]
File = tuple[str, bytes]
"""Path and text."""


class UnreadableStatusError(ReconcilerError):
    """A file of the status branch cannot be read by this version."""


def files_of(state: RecordedState, memo: Memo | None = None) -> dict[str, bytes]:
    """Every document of the branch, path → text, sorted by path. The README is written by `readme.py`, the pictures by
    `fleet_pictures.py`.

    memo: keeps path and text of values that did not change.
    """
    memo = memo or Memo()
    files = [("revision.yaml", _text(_revision(state)))]
    files += [memo(_cluster_file, cluster) for cluster in state.clusters.values()]
    files += memo.each(_known_decision_file, [list(state.decisions.values())], memo=memo)
    files += memo.each(_known_report_file, [list(state.reports), list(state.reports.values())], memo=memo)
    files += [(f"rebalancers/{name}.yaml", _text(_rebalancer(name, done))) for name, done in state.rebalanced.items()]
    files += [memo(_rollout_file, rollout) for rollout in state.rollouts.values()]
    files += [memo(quota_documents.quota_file, quota) for quota in state.quotas]
    files += [memo(scale_documents.scale_file, scale) for scale in state.scales.values()]
    files += [memo(scale_documents.cron_file, cron) for cron in state.crons.values()]
    return dict(sorted(files))


def state_of(files: Mapping[str, bytes]) -> RecordedState:
    """The state that the files of the branch hold; the empty state where there are none.

    Files that this program does not write are ignored. Raises UnreadableStatusError, which names the file.
    """
    revision = read_document("revision.yaml", files["revision.yaml"]) if "revision.yaml" in files else {}
    layout, sharing = layout_of(revision), Sharing()
    parsed = {path: parse_file(path, data, layout, sharing) for path, data in sorted(files.items()) if is_document(path)}
    return state_of_parts(parsed)


class Sharing:
    """What files that are read one after the other have in common, which is in memory once."""

    def __init__(self) -> None:
        self.reader, self.memo = PlainReader(), Memo()


@dataclass(frozen=True, slots=True)
class Revision:
    """What `revision.yaml` says, as in `RecordedState`."""

    revision: str = ""
    broken: Mapping[str, BrokenFile] = field(default_factory=dict)
    tenants: Mapping[str, str] = field(default_factory=dict)
    judges: Mapping[str, str] = field(default_factory=dict)
    mode: Mode = Mode.APPLY


@dataclass(frozen=True, slots=True)
class Rebalanced:
    """The workloads that a WorkloadRebalancer has placed afresh, sorted."""

    name: str
    done: tuple[ResourceKey, ...]


Part = (
    RecordedDecision
    | tuple[ResourceKey, ObjectReport]
    | RecordedCluster
    | RecordedRollout
    | Rebalanced
    | QuotaUse
    | RecordedScale
    | RecordedCron
    | Revision
)
"""What one file of the branch says; of a binding of layout 1, decision and report are two parts."""


def parse_file(path: str, data: bytes, layout: int, sharing: Sharing) -> tuple[Part, ...]:
    """What a file says; nothing for a kind that is not known. Raises UnreadableStatusError, which names the file."""
    document = read_document(path, data, sharing.reader)
    try:
        return tuple(_parts(path, document, layout, sharing.memo))
    except ValueError as error:
        raise UnreadableStatusError(f"{path} on the status branch cannot be read: {error}", remedy=_EDITED) from error


def _parts(path: str, document: Document, layout: int, memo: Memo) -> Iterator[Part]:
    if path == "revision.yaml":
        yield _parse_revision(document)
        return
    kind = text(document, "kind")
    if kind == decision_documents.KIND:
        yield decision_documents.parse_decision(document, memo=memo)
    if kind == (decision_documents.KIND if layout == 1 else report_documents.KIND):
        yield report_documents.parse_report(document, memo=memo)
    if kind == cluster_documents.KIND:
        yield cluster_documents.parse_cluster(document, memo=memo)
    if kind in _PARSERS:
        yield _PARSERS[kind](document)


def state_of_parts(parsed: Mapping[str, tuple[Part, ...]]) -> RecordedState:
    """The state that files come to, by their paths in order."""
    parts = [part for _, found in sorted(parsed.items()) for part in found]
    decisions = [one for one in parts if isinstance(one, RecordedDecision)]
    reports = [one for one in parts if isinstance(one, tuple)]
    revision = next((one for one in parts if isinstance(one, Revision)), Revision())
    rollouts = [one for one in parts if isinstance(one, RecordedRollout)]
    return RecordedState(
        revision=revision.revision,
        decisions={decision.binding.key: decision for decision in decisions},
        reports={key: report for key, report in reports if report.clusters or report.aggregated is not None},
        clusters={one.name: one for one in parts if isinstance(one, RecordedCluster)},
        rebalanced={one.name: one.done for one in parts if isinstance(one, Rebalanced)},
        broken=revision.broken,
        tenants=revision.tenants,
        judges=revision.judges,
        mode=revision.mode,
        rollouts=dict(sorted((one.name, one) for one in rollouts)),
        quotas=quota_documents.sorted_quotas([one for one in parts if isinstance(one, QuotaUse)]),
        scales={one.key: one for one in sorted((one for one in parts if isinstance(one, RecordedScale)), key=_key)},
        crons={one.key: one for one in sorted((one for one in parts if isinstance(one, RecordedCron)), key=_key)},
    )


def _key(one: RecordedScale | RecordedCron) -> ResourceKey:
    return one.key


def is_document(path: str) -> bool:
    """Whether a file of the branch is one of those that `files_of` names."""
    return path == "revision.yaml" or (path.startswith(_FOLDERS) and path.endswith(".yaml"))


def is_outdated(files: Mapping[str, bytes]) -> bool:
    """Whether the branch has an older layout, so that the next commit must rewrite it."""
    return "revision.yaml" in files and layout_of(read_document("revision.yaml", files["revision.yaml"])) != LAYOUT


def layout_of(revision: Document) -> int:
    """The layout that `revision.yaml` names; ours where it names none. Raises UnreadableStatusError for an unknown layout."""
    layout = get(revision, "spec", "layout", default=LAYOUT)
    if type(layout) is not int or layout not in _READABLE:
        raise UnreadableStatusError(
            f"revision.yaml: layout {layout} of the status branch is not known to this version, which reads 1 to {LAYOUT}",
            remedy="Use the version of the program that wrote it, or a newer one.",
        )
    return layout


def read_document(path: str, data: bytes, reader: PlainReader | None = None) -> Document:
    """The one mapping that a file of the branch holds. Raises UnreadableStatusError.

    reader: shares equal parts of the documents that it reads.
    """
    with suppress(NotPlainError):
        return (reader or PlainReader()).read(data)
    documents, errors = read_stream(data)
    if errors or len(documents) != 1 or not isinstance(documents[0].value, dict):
        reason = f"line {errors[0].line}: {errors[0].message}" if errors else "it is not one mapping"
        raise UnreadableStatusError(f"{path} on the status branch cannot be read: {reason}", remedy=_EDITED)
    return documents[0].value


def _revision(state: RecordedState) -> dict[str, Any]:
    broken = [_broken_document(path, file) for path, file in sorted(state.broken.items())]
    spec = {"layout": LAYOUT, "revision": state.revision, **nonempty(filesWithErrors=broken)}
    spec |= nonempty(mode=None if state.mode is Mode.APPLY else state.mode.value)
    spec |= nonempty(tenants=_blobs_document(state.tenants), judgedBy=_blobs_document(state.judges))
    return {"apiVersion": API_VERSION, "kind": "Revision", "spec": spec}


def _blobs_document(files: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"file": path, "blob": blob} for path, blob in sorted(files.items())]


def _parse_blobs(document: Document, field: str) -> dict[str, str]:
    return {text(item, "file"): text(item, "blob") for item in parse_items(document, "spec", field)}


def _broken_document(path: str, file: BrokenFile) -> dict[str, Any]:
    keys = [resource(key) for key in file.may_declare]
    return nonempty(file=path, blob=file.blob, mayHold=list(file.may_hold), mayDeclare=keys)


def _parse_broken(document: Any) -> tuple[str, BrokenFile]:
    keys = tuple(map(parse_resource, parse_items(document, "mayDeclare")))
    return text(document, "file"), BrokenFile(text(document, "blob"), tuple(parse_names(document, "mayHold")), keys)


def _parse_revision(document: Document) -> Revision:
    broken = dict(map(_parse_broken, parse_items(document, "spec", "filesWithErrors")))
    tenants, judges = _parse_blobs(document, "tenants"), _parse_blobs(document, "judgedBy")
    mode = Mode(text(document, "spec", "mode") or Mode.APPLY)
    return Revision(text(document, "spec", "revision"), broken, tenants, judges, mode)


def _rebalancer(name: str, done: Iterable[ResourceKey]) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": _REBALANCER,
        "metadata": {"name": name},
        "status": {"done": [resource(key) for key in done]},
    }


def _parse_rebalancer(document: Document) -> Rebalanced:
    done = parse_items(document, "status", "done")
    return Rebalanced(text(document, "metadata", "name"), tuple(sorted(map(parse_resource, done))))


def _text(document: Document) -> bytes:
    return dump(document).encode()


def _cluster_file(cluster: RecordedCluster) -> File:
    return f"clusters/{cluster.name}.yaml", _text(cluster_documents.cluster_document(cluster))


def _decision_file(decision: RecordedDecision) -> File:
    return f"bindings/{path_of(decision.binding.key)}.yaml", _text(decision_documents.decision_document(decision))


def _report_file(key: ResourceKey, report: ObjectReport) -> File:
    return f"reports/{path_of(key)}.yaml", _text(report_documents.report_document(key, report))


def _known_decision_file(decision: RecordedDecision, *, memo: Memo) -> File:
    return memo(_decision_file, decision)


def _known_report_file(key: ResourceKey, report: ObjectReport, *, memo: Memo) -> File:
    return memo(_report_file, key, report)


ROLLOUTS = "rollouts"
"""The folder of rollouts."""


def _rollout_file(rollout: RecordedRollout) -> File:
    return f"{ROLLOUTS}/{path_part(rollout.name)}.yaml", _text(rollout_documents.rollout_document(rollout))


_FOLDERS = ("bindings/", "clusters/", "quotas/", "rebalancers/", "reports/", "rollouts/", "scales/", "schedules/")
_REBALANCER = "Rebalancer"
_PARSERS: Mapping[str, Callable[[Document], Part]] = {
    _REBALANCER: _parse_rebalancer,
    rollout_documents.KIND: rollout_documents.parse_rollout,
    quota_documents.KIND: quota_documents.parse_quota,
    scale_documents.SCALE: scale_documents.parse_scale,
    scale_documents.CRON: scale_documents.parse_cron,
}
_EDITED = "Someone edited it: revert that commit, or delete the file to have it written again."
