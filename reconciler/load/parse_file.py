"""One file → its objects, each with its place and, for the kinds that are ours, its typed noun."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.documents.json_reader import read_json
from reconciler.documents.positions import line_of
from reconciler.documents.reader import Document, DocumentError, read_stream
from reconciler.load import parse, schema, unsupported_fields
from reconciler.load.admission.admit import admit
from reconciler.load.admission.refusal import unsaid
from reconciler.load.customization import parse_customization, script_issues
from reconciler.load.violations import Complaint
from reconciler.model.cluster import Cluster
from reconciler.model.customization import Customization
from reconciler.model.issues import Issue, Severity, error
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, gvk_of, text
from reconciler.model.origin import Origin
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.rebalancer import Rebalancer
from reconciler.model.settings import Settings
from reconciler.model.taint_policy import TaintPolicy

Noun: TypeAlias = Cluster | PropagationPolicy | OverridePolicy | Customization | Rebalancer | TaintPolicy | Settings
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ParsedObject:
    gvk: GroupVersionKind
    manifest: Manifest
    origin: Origin
    noun: Noun | None
    """None for resource templates and for Karmada's kinds that nothing here reads."""
    document_line: int
    """The line where its document begins."""
    prefix: Path = ()
    """Where in the document: `("items", 3)` inside a List."""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    path: str
    blob: str
    data: bytes
    objects: tuple[ParsedObject, ...]
    issues: tuple[Issue, ...]

    def line_of(self, found: ParsedObject, path: Path) -> int:
        """The line of a part of an object; reads the file again, so only for complaints."""
        return line_of(self.data, found.document_line, found.prefix + path) or found.origin.line


def parse_file(path: str, blob: str, data: bytes) -> ParsedFile:
    """Everything the file declares that can be understood, and a complaint for each thing that cannot.

    blob: the content's Git id, by which callers remember the result.
    """
    if is_pointer(data):
        return ParsedFile(path, blob, data, (), (_kept_elsewhere(path),))
    documents, errors = read_json(data) if path.endswith(".json") else read_stream(data)
    issues = [_syntax_issue(path, problem) for problem in errors]
    objects = []
    for document in documents:
        for prefix, value in _unfolded(document.value):
            found = _object(path, data, document, prefix, value)
            if isinstance(found, Issue):
                issues.append(found)
                continue
            complaints = _issues(found, data)
            issues.extend(complaints)
            if not any(issue.severity is Severity.ERROR for issue in complaints):
                parsed = _with_noun(found, data)
                broken = list(script_issues(parsed.noun)) if isinstance(parsed.noun, Customization) else []
                issues.extend(broken)
                if not broken:
                    objects.append(parsed)
    return ParsedFile(path, blob, data, tuple(objects), tuple(sorted(issues)))


def _unfolded(value: Any, prefix: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The value itself, or the items of a `kind: List` (kubectl's own, not typed lists such as PodList)."""
    if get(value, "kind") == "List" and get(value, "apiVersion") == "v1" and isinstance(get(value, "items"), list):
        for index, item in enumerate(value["items"]):
            yield from _unfolded(item, (*prefix, "items", index))
    else:
        yield prefix, value


def _object(path: str, data: bytes, document: Document, prefix: Path, value: Any) -> ParsedObject | Issue:
    line = line_of(data, document.line, prefix) if prefix else document.line
    origin = Origin(path, line)
    if not isinstance(value, dict) or not text(value, "apiVersion") or not text(value, "kind"):
        return error(
            "NotAnObject",
            "this document is no Kubernetes object: apiVersion or kind is missing",
            "Add them, or leave the file out with spec.exclude of the Configuration.",
            origin=origin,
        )
    return ParsedObject(gvk_of(value), value, origin, None, document.line, prefix)


def _complaints(found: ParsedObject) -> list[Complaint]:
    """One for each mistake: what a schema says already, admission does not say again."""
    said = schema.complaints(found.manifest, found.gvk) + unsupported_fields.complaints(found.manifest, found.gvk)
    if found.gvk.group not in (_POLICY, _CLUSTER) or found.gvk not in schema.known_kinds():
        return said
    return said + unsaid(admit(found.manifest, "default").refusals, said)


def _issues(found: ParsedObject, data: bytes) -> list[Issue]:
    line = _lines_of(found, data)
    return [
        Issue(
            origin=Origin(found.origin.file, line(*complaint.path)),
            severity=complaint.severity,
            reason=complaint.reason,
            message=f"{printed_name(found)}: {complaint.message}",
            remedy=complaint.remedy,
            subject=printed_name(found),
        )
        for complaint in _complaints(found)
    ]


def _lines_of(found: ParsedObject, data: bytes) -> Callable[..., int]:
    """Path inside the object → its line in the file."""
    return lambda *path: line_of(data, found.document_line, found.prefix + path)


def _with_noun(found: ParsedObject, data: bytes) -> ParsedObject:
    reader = _READERS.get((found.gvk.group, found.gvk.kind))
    if reader is None or found.gvk not in schema.known_kinds():
        return found
    noun = reader(found, data)
    return ParsedObject(found.gvk, found.manifest, found.origin, noun, found.document_line, found.prefix)


def _override_policy(found: ParsedObject, data: bytes) -> Noun:
    return parse.parse_override_policy(found.manifest, found.origin, _lines_of(found, data))


def _customization(found: ParsedObject, data: bytes) -> Noun:
    return parse_customization(found.manifest, found.origin, _lines_of(found, data))


_POLICY, _CLUSTER = "policy.karmada.io", "cluster.karmada.io"
_READERS: Mapping[tuple[str, str], Callable[[ParsedObject, bytes], Noun]] = {
    (_CLUSTER, "Cluster"): lambda found, data: parse.parse_cluster(found.manifest, found.origin),
    (_POLICY, "PropagationPolicy"): lambda found, data: parse.parse_propagation_policy(found.manifest, found.origin),
    (_POLICY, "ClusterPropagationPolicy"): lambda found, data: parse.parse_propagation_policy(found.manifest, found.origin),
    (_POLICY, "OverridePolicy"): _override_policy,
    (_POLICY, "ClusterOverridePolicy"): _override_policy,
    (_POLICY, "ClusterTaintPolicy"): lambda found, data: parse.parse_taint_policy(found.manifest, found.origin),
    ("apps.karmada.io", "WorkloadRebalancer"): lambda found, data: parse.parse_rebalancer(found.manifest, found.origin),
    ("config.karmada.io", "ResourceInterpreterCustomization"): _customization,
    ("reconciler.dev", "Configuration"): lambda found, data: parse.parse_settings(found.manifest),
}


def printed_name(found: ParsedObject) -> str:
    """`Deployment.apps default/web`, or as much of it as is there."""
    kind = f"{found.gvk.kind}.{found.gvk.group}" if found.gvk.group else found.gvk.kind
    namespace, name = text(found.manifest, "metadata", "namespace"), text(found.manifest, "metadata", "name")
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def is_pointer(data: bytes) -> bool:
    """Whether this is not a file's content but what Git LFS leaves in its place. As YAML it would be one long word."""
    return data.startswith(b"version https://git-lfs.github.com/spec/")


def _kept_elsewhere(path: str) -> Issue:
    return error(
        "LfsPointer",
        "this is a Git LFS pointer; the content of the file is not in the repository",
        "Take its path out of .gitattributes and `git add --renormalize` the file itself, or leave it out with spec.exclude of "
        "the Configuration.",
        origin=Origin(path, 1),
    )


def _syntax_issue(path: str, problem: DocumentError) -> Issue:
    return error(problem.reason, problem.message, problem.remedy, origin=Origin(path, problem.line))
