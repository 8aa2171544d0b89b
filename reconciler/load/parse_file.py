"""One file → its objects, each with its position and, for the kinds of Karmada and this project, its typed object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from reconciler.documents.json_reader import read_json
from reconciler.documents.line_index import Place, Steps, index_lines
from reconciler.documents.positions import line_of
from reconciler.documents.reader import Document, DocumentError, read_stream
from reconciler.load import parse
from reconciler.load.admission.admit import admit
from reconciler.load.admission.refusal import without_reported
from reconciler.load.autoscaler_mistakes import find_autoscaler_mistakes
from reconciler.load.customization import parse_customization, script_issues
from reconciler.load.encrypted import hidden_identity, identity_issue, policy_issue, unsealed_documents
from reconciler.load.inventory_mistakes import find_inventory_mistakes
from reconciler.load.overrider_mistakes import find_mistakes
from reconciler.load.parse_autoscalers import parse_cron_federated_hpa, parse_federated_hpa
from reconciler.load.parse_image_policy import find_image_policy_mistakes, parse_image_policy
from reconciler.load.parse_multi_cluster_service import parse_multi_cluster_service
from reconciler.load.parse_quota import parse_quota
from reconciler.load.parse_settings import parse_settings
from reconciler.load.parse_source import parse_source
from reconciler.load.parse_tenant import parse_tenant
from reconciler.load.rollout_mistakes import find_rollout_mistakes
from reconciler.load.schemas import karmada
from reconciler.load.schemas.explain_violations import UNKNOWN_FIELD, Violation
from reconciler.load.scope import Scope, scope_of
from reconciler.load.service_import_mistakes import import_mistakes
from reconciler.load.unread_kinds import is_unread
from reconciler.load.unsupported_fields import find_unsupported, find_unsupported_in_template
from reconciler.load.window_mistakes import find_window_mistakes
from reconciler.load.write_rule_mistakes import annotation_mistakes, rule_mistakes
from reconciler.model.cluster import Cluster
from reconciler.model.cron_federated_hpa import CronFederatedHpa
from reconciler.model.customization import Customization
from reconciler.model.declared_source import DeclaredSource
from reconciler.model.federated_hpa import FederatedHpa
from reconciler.model.image_policy import ImagePolicy
from reconciler.model.issues import Issue, Severity, error
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, gvk_of, text
from reconciler.model.multi_cluster_service import MULTI_CLUSTER_SERVICE, MultiClusterService
from reconciler.model.origin import Origin
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.quota import Quota
from reconciler.model.rebalancer import Rebalancer
from reconciler.model.remedy import Remedy
from reconciler.model.sealed import Sealed, has_seal
from reconciler.model.settings import CONFIGURATION_FILE, CONFIGURATION_TYPE, Settings
from reconciler.model.taint_policy import TaintPolicy
from reconciler.model.tenant import Tenant
from reconciler.model.wording import LEFT_OUT_IS_GIVEN_UP

Noun: TypeAlias = (
    Cluster
    | PropagationPolicy
    | OverridePolicy
    | CronFederatedHpa
    | Customization
    | FederatedHpa
    | ImagePolicy
    | MultiClusterService
    | Quota
    | Rebalancer
    | Remedy
    | TaintPolicy
    | Settings
    | Tenant
    | DeclaredSource
)
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ParsedObject:
    """One object of a file."""

    gvk: GroupVersionKind
    manifest: Manifest
    origin: Origin
    noun: Noun | None
    """The typed object; None for resource templates and for Karmada's kinds that this program does not read."""
    document_line: int
    """The line where its document begins."""
    prefix: Path = ()
    """Its path in the document, such as `("items", 3)` inside a List."""
    has_unknown_fields: bool = False
    """Whether it has warnings about fields that its kind does not have; they are errors under `spec.validation: Strict`."""
    sealed: Sealed | None = None
    """Its file, where SOPS encrypted that: `manifest` then has seals in place of encrypted values."""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """Everything that one file declares."""

    path: str
    blob: str
    """Git id of the content."""
    data: bytes
    objects: tuple[ParsedObject, ...]
    """Without those that have an error."""
    issues: tuple[Issue, ...]

    def line_of(self, parsed: ParsedObject, path: Path) -> int:
        """The line of a part of an object. Reads the file again, so it is for issues only."""
        return line_of(self.data, parsed.document_line, parsed.prefix + path) or parsed.origin.line

    def places_of(self, parsed: ParsedObject) -> dict[Steps, Place]:
        """The places of all parts of an object. Reads the file again."""
        places = index_lines(self.data, parsed.document_line)
        length = len(parsed.prefix)
        return {path[length:]: place for path, place in places.items() if path[:length] == parsed.prefix}


def parse_file(path: str, blob: str, data: bytes) -> ParsedFile:
    """Every valid object that the file declares, and an issue for each mistake.

    blob: the Git id of the content, by which callers cache the result.
    """
    if is_pointer(data):
        return ParsedFile(path, blob, data, (), (_lfs_pointer(path),))
    documents, errors = read_json(data) if path.endswith(".json") else read_stream(data)
    documents, sealed, unreadable = unsealed_documents(path, blob, data, documents)
    if unreadable:
        return ParsedFile(path, blob, data, (), (unreadable,))
    issues = [_syntax_issue(path, problem) for problem in errors]
    objects = []
    for document in documents:
        for prefix, value in _unfolded(document.value):
            parsed = _object(path, data, document, prefix, value, sealed)
            if isinstance(parsed, Issue):
                issues.append(parsed)
                continue
            object_issues = _issues(parsed, data)
            issues.extend(object_issues)
            if not any(issue.severity is Severity.ERROR for issue in object_issues):
                typed = _with_noun(parsed, data)
                if any(issue.reason == UNKNOWN_FIELD for issue in object_issues):
                    typed = replace(typed, has_unknown_fields=True)
                script_errors = list(script_issues(typed.noun)) if isinstance(typed.noun, Customization) else []
                issues.extend(script_errors)
                if not script_errors:
                    objects.append(typed)
    return ParsedFile(path, blob, data, tuple(objects), tuple(sorted(issues)))


def _unfolded(value: Any, prefix: Path = ()) -> Iterator[tuple[Path, Any]]:
    """(path in the document, object): the value itself, or the items of a List or a typed list such as ConfigMapList."""
    kind, api_version = text(value, "kind"), text(value, "apiVersion")
    if kind.endswith("List") and api_version and isinstance(get(value, "items"), list):
        for index, item in enumerate(value["items"]):
            yield from _unfolded(_with_type(item, api_version, kind.removesuffix("List")), (*prefix, "items", index))
    else:
        yield prefix, value


def _with_type(item: Any, api_version: str, kind: str) -> Any:
    """An item of a typed list may lack apiVersion or kind: both follow from the list's, as for kubectl (k8s.io/apimachinery
    pkg/apis/meta/v1/unstructured, decodeToList). kind: empty for items of a List."""
    if not kind or not isinstance(item, dict) or (text(item, "apiVersion") and text(item, "kind")):
        return item
    return {**item, "apiVersion": api_version, "kind": kind}


def _object(path: str, data: bytes, document: Document, prefix: Path, value: Any, sealed: Sealed | None) -> ParsedObject | Issue:
    line = line_of(data, document.line, prefix) if prefix else document.line
    origin = Origin(path, line)
    if sealed is not None and (hidden := hidden_identity(value)):
        return identity_issue(hidden, origin)
    if not isinstance(value, dict) or not text(value, "apiVersion") or not text(value, "kind"):
        remedy = "Add them, or leave the file out with spec.exclude of the Configuration."
        if path == CONFIGURATION_FILE:
            remedy = _HOW_A_CONFIGURATION_BEGINS
        return error(
            "NotAnObject",
            "this document is not a Kubernetes object: apiVersion or kind is missing",
            remedy,
            origin=origin,
        )
    gvk = gvk_of(value)
    if sealed is not None and not has_seal(value):  # Only encrypted files have seals, so that no other one is searched.
        sealed = None
    if sealed is not None and _decides(gvk):
        return policy_issue(text(value, "kind"), origin)
    return ParsedObject(gvk, value, origin, None, document.line, prefix, sealed=sealed)


def _decides(gvk: GroupVersionKind) -> bool:
    """Whether the kind is one of Karmada's or ours."""
    return gvk in karmada.known_kinds() or is_unread(gvk)


_HOW_A_CONFIGURATION_BEGINS = f"Begin it with {', '.join(f'{name}: {value}' for name, value in CONFIGURATION_TYPE.items())}."


def _violations(parsed: ParsedObject) -> list[Violation]:
    """One violation for each mistake: a refusal of admission is left out where the schema already reports an error."""
    if parsed.gvk not in karmada.known_kinds() and not is_unread(parsed.gvk):
        unsupported = find_unsupported_in_template(parsed.manifest, parsed.gvk)
        mistakes = [*annotation_mistakes(parsed.manifest), *import_mistakes(parsed.manifest, parsed.gvk)]
        return karmada.unknown_version(parsed.gvk) or [*unsupported, *mistakes]
    violations = karmada.validate(parsed.manifest, parsed.gvk) + find_unsupported(parsed.manifest, parsed.gvk)
    violations += find_mistakes(parsed.manifest, parsed.gvk) + _ignored_namespace(parsed)
    violations += find_window_mistakes(parsed.manifest, parsed.gvk)
    violations += find_inventory_mistakes(parsed.manifest, parsed.gvk)
    violations += find_rollout_mistakes(parsed.manifest, parsed.gvk)
    violations += rule_mistakes(parsed.manifest, parsed.gvk)
    violations += find_image_policy_mistakes(parsed.manifest, parsed.gvk, violations)
    violations += find_autoscaler_mistakes(parsed.manifest, parsed.gvk)
    if parsed.gvk.group not in (_POLICY, _CLUSTER, _NETWORKING) or parsed.gvk not in karmada.known_kinds():
        return violations
    return violations + without_reported(admit(parsed.manifest, "default").refusals, violations)


def _ignored_namespace(parsed: ParsedObject) -> list[Violation]:
    """A warning where a cluster-scoped object of Karmada or ours states a namespace (others: `templates.ignored_namespace`)."""
    kind = parsed.gvk.kind
    of_a_namespace = kind.removeprefix("Cluster")
    if not text(parsed.manifest, "metadata", "namespace") or scope_of(parsed.gvk.group, kind) is not Scope.CLUSTER:
        return []
    remedy = "Remove metadata.namespace."
    if scope_of(parsed.gvk.group, of_a_namespace) is Scope.NAMESPACED:
        remedy += f" For the objects of one namespace only, write kind: {of_a_namespace}."
    message = f"metadata.namespace has no effect, because {kind} is cluster-scoped"
    return [Violation(("metadata", "namespace"), Severity.WARNING, "NamespaceIgnored", message, remedy)]


def _issues(parsed: ParsedObject, data: bytes) -> list[Issue]:
    line = _lines_of(parsed, data)
    return [
        Issue(
            origin=Origin(parsed.origin.file, line(*violation.path)),
            severity=violation.severity,
            reason=violation.reason,
            message=f"{printed_name(parsed)}: {violation.message}",
            remedy=violation.remedy,
            subject=printed_name(parsed),
        )
        for violation in _violations(parsed)
    ]


def _lines_of(parsed: ParsedObject, data: bytes) -> Callable[..., int]:
    """Path inside the object → its line in the file."""
    return lambda *path: line_of(data, parsed.document_line, parsed.prefix + path)


def _with_noun(parsed: ParsedObject, data: bytes) -> ParsedObject:
    parser = _PARSERS.get((parsed.gvk.group, parsed.gvk.kind))
    if parser is None or parsed.gvk not in karmada.known_kinds():
        return parsed
    return replace(parsed, noun=parser(parsed, data))


def _override_policy(parsed: ParsedObject, data: bytes) -> Noun:
    return parse.parse_override_policy(parsed.manifest, parsed.origin, _lines_of(parsed, data))


def _customization(parsed: ParsedObject, data: bytes) -> Noun:
    return parse_customization(parsed.manifest, parsed.origin, _lines_of(parsed, data))


def _tenant(parsed: ParsedObject, data: bytes) -> Noun:
    return parse_tenant(parsed.manifest, parsed.origin, _lines_of(parsed, data))


def _source(parsed: ParsedObject, data: bytes) -> Noun:
    return parse_source(parsed.manifest, parsed.origin, _lines_of(parsed, data))


_POLICY, _CLUSTER = "policy.karmada.io", "cluster.karmada.io"
_NETWORKING, _AUTOSCALING = "networking.karmada.io", "autoscaling.karmada.io"
_PARSERS: Mapping[tuple[str, str], Callable[[ParsedObject, bytes], Noun]] = {
    (_CLUSTER, "Cluster"): lambda parsed, data: parse.parse_cluster(parsed.manifest, parsed.origin),
    (_POLICY, "PropagationPolicy"): lambda parsed, data: parse.parse_propagation_policy(parsed.manifest, parsed.origin),
    (_POLICY, "ClusterPropagationPolicy"): lambda parsed, data: parse.parse_propagation_policy(parsed.manifest, parsed.origin),
    (_POLICY, "OverridePolicy"): _override_policy,
    (_POLICY, "ClusterOverridePolicy"): _override_policy,
    (_POLICY, "ClusterTaintPolicy"): lambda parsed, data: parse.parse_taint_policy(parsed.manifest, parsed.origin),
    (_POLICY, "FederatedResourceQuota"): lambda parsed, data: parse_quota(parsed.manifest, parsed.origin),
    (_NETWORKING, MULTI_CLUSTER_SERVICE): lambda parsed, data: parse_multi_cluster_service(parsed.manifest, parsed.origin),
    ("apps.karmada.io", "WorkloadRebalancer"): lambda parsed, data: parse.parse_rebalancer(parsed.manifest, parsed.origin),
    (_AUTOSCALING, "FederatedHPA"): lambda parsed, data: parse_federated_hpa(parsed.manifest, parsed.origin),
    (_AUTOSCALING, "CronFederatedHPA"): lambda parsed, data: parse_cron_federated_hpa(parsed.manifest, parsed.origin),
    ("remedy.karmada.io", "Remedy"): lambda parsed, data: parse.parse_remedy(parsed.manifest, parsed.origin),
    ("config.karmada.io", "ResourceInterpreterCustomization"): _customization,
    ("reconciler.dev", "Configuration"): lambda parsed, data: parse_settings(parsed.manifest),
    ("reconciler.dev", "ImagePolicy"): lambda parsed, data: parse_image_policy(parsed.manifest, parsed.origin),
    ("reconciler.dev", "Tenant"): _tenant,
    ("reconciler.dev", "Source"): _source,
}


def printed_name(parsed: ParsedObject) -> str:
    """`Deployment.apps default/web`, without the parts that the object lacks: a Configuration has no name."""
    kind = f"{parsed.gvk.kind}.{parsed.gvk.group}" if parsed.gvk.group else parsed.gvk.kind
    namespace, name = text(parsed.manifest, "metadata", "namespace"), text(parsed.manifest, "metadata", "name")
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}".rstrip()


def is_pointer(data: bytes) -> bool:
    """Whether the data is a Git LFS pointer instead of the content of the file. (Read as YAML, it is one long string.)"""
    return data.startswith(b"version https://git-lfs.github.com/spec/")


def _lfs_pointer(path: str) -> Issue:
    return error(
        "LfsPointer",
        "this is a Git LFS pointer; the content of the file is not in the repository",
        "Remove its path from .gitattributes and run `git add --renormalize` on the file, or leave it out with spec.exclude of "
        f"the Configuration. {LEFT_OUT_IS_GIVEN_UP}.",
        origin=Origin(path, 1),
    )


def _syntax_issue(path: str, problem: DocumentError) -> Issue:
    return error(problem.reason, problem.message, problem.remedy, origin=Origin(path, problem.line))
