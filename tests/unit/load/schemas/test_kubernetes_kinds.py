import pytest

from reconciler.load.schemas import kubernetes_kinds
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import gvk_of, with_value, without
from tests.unit.load.documents import Document, documents, name_of, spoiled

ORDINARY = documents("ordinary.yaml")
BY_NAME = {name_of(document): document for document in ORDINARY}
CONTAINER = ("spec", "template", "spec", "containers", 0)


def violations(document: Document) -> list[Violation]:
    return kubernetes_kinds.validate(document, gvk_of(document))


@pytest.mark.parametrize("document", ORDINARY, ids=name_of)
def test_ordinary_manifests_pass(document: Document) -> None:
    assert kubernetes_kinds.knows(gvk_of(document))
    assert violations(document) == []


@pytest.mark.parametrize(
    ("name", "path", "value", "reason", "message"),
    [
        ("Deployment-web", ("spec", "replicas"), "3", "WrongType", "spec.replicas must be a whole number, but is text"),
        ("Deployment-web", ("spec", "replicas"), 2**31, "InvalidValue", "spec.replicas must be at most 2147483647"),
        ("Deployment-web", ("spec", "replica"), 3, "UnknownField", "spec.replica is not a known field; the API server"),
        ("Deployment-web", (*CONTAINER, "env", 0, "value"), 8080, "WrongType", "env[0].value must be text, but is a whole"),
        ("Deployment-web", (*CONTAINER, "args", 1), True, "WrongType", "args[1] must be text, but is true or false"),
        ("Deployment-web", (*CONTAINER, "ports"), {}, "WrongType", "ports must be a list, but is a mapping"),
        ("Deployment-web", (*CONTAINER, "name"), None, "WrongType", "name must be text, but is null"),
        (
            "Deployment-web",
            (*CONTAINER, "resources", "limits", "memory"),
            "512MB",
            "InvalidValue",
            "limits.memory must be a quantity",
        ),
        (
            "Deployment-web",
            (*CONTAINER, "livenessProbe", "httpGet", "port"),
            [],
            "WrongType",
            "port must be a whole number or text",
        ),
        ("Service-web", ("metadata", "annotations", "example.org/note"), True, "WrongType", 'annotations["example.org/note"]'),
        ("Secret-login", ("data", "password"), "hunter2", "InvalidValue", "data.password must be base64"),
        ("Namespace-shop", ("kind",), "Namespaces", "", ""),
    ],
)
def test_a_mistake_is_named_with_its_place(
    name: str, path: tuple[str | int, ...], value: object, reason: str, message: str
) -> None:
    document = with_value(BY_NAME[name], path, value)
    found = kubernetes_kinds.validate(document, gvk_of(document))
    if not reason:
        assert found == []  # not a kind of Kubernetes: nothing is known about it
        return
    [violation] = found
    assert violation.path == path
    assert violation.reason == reason
    assert violation.severity is Severity.ERROR
    assert message in violation.message
    assert violation.remedy.endswith(".")


@pytest.mark.parametrize(
    ("name", "path", "message"),
    [
        ("Deployment-web", ("spec", "selector"), "spec.selector is missing"),
        ("Deployment-web", ("spec",), "spec is missing"),
        ("Ingress-web", ("spec", "rules", 0, "http", "paths", 0, "pathType"), "spec.rules[0].http.paths[0].pathType is missing"),
    ],
)
def test_what_is_missing_is_complained_about_at_its_parent(name: str, path: tuple[str | int, ...], message: str) -> None:
    document = without(BY_NAME[name], path)
    assert [(it.path, it.reason, it.message) for it in violations(document)] == [(path[:-1], "MissingField", message)]


def test_a_misspelt_field_is_answered_with_the_right_one() -> None:
    document = with_value(BY_NAME["Deployment-web"], ("spec", "template", "spec", "nodeselector"), {"a": "b"})
    assert [it.remedy for it in violations(document)] == ["Did you mean nodeSelector? Otherwise remove the field."]


def test_all_complaints_come_at_once_in_the_order_of_their_places() -> None:
    document = with_value(with_value(BY_NAME["Deployment-web"], ("spec", "replicas"), "3"), ("metadata", "labels", "n"), 1)
    assert [it.path for it in violations(document)] == [("metadata", "labels", "n"), ("spec", "replicas")]


def test_status_is_not_looked_at() -> None:
    assert violations({**BY_NAME["ConfigMap-settings"], "status": {"nonsense": 1}}) == []


@pytest.mark.parametrize("text", ["YQ==", "YWI=", "YWJj", "", "YW\nJj\n", "YWJj\r\nYWJj\r\n"])
def test_base64_as_go_reads_it(text: str) -> None:
    assert violations(with_value(BY_NAME["Secret-login"], ("data", "password"), text)) == []


@pytest.mark.parametrize("text", ["YQ=", "YQ", "a b=", "====", "hunter2", "YWJj="])
def test_no_base64(text: str) -> None:
    assert len(violations(with_value(BY_NAME["Secret-login"], ("data", "password"), text))) == 1


@pytest.mark.parametrize("value", [0, 1, -1, 0.5, "1", "+1.5", ".5", "5.", "100m", "1Ki", "2E", "1e3", "1E-3", " 1Gi "])
def test_quantities_as_kubernetes_reads_them(value: object) -> None:
    assert violations(with_value(BY_NAME["ResourceQuota-limits"], ("spec", "hard", "pods"), value)) == []


@pytest.mark.parametrize("value", ["", ".", "1 Gi", "1gi", "1KB", "one", "1e", True])
def test_no_quantities(value: object) -> None:
    assert len(violations(with_value(BY_NAME["ResourceQuota-limits"], ("spec", "hard", "pods"), value))) == 1


@pytest.mark.parametrize(
    ("api_version", "kind", "known"),
    [
        ("apps/v1", "Deployment", True),
        ("apps/v1beta1", "Deployment", False),
        ("apps.example.org/v1", "Deployment", False),  # its file name is that of apps/v1
        ("networking.istio.io/v1", "Ingress", False),
        ("internal.apiserver.k8s.io/v1alpha1", "StorageVersion", True),
        ("v1", "DeleteOptions", False),  # no object
        ("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", True),  # served up to 1.28
    ],
)
def test_kinds_are_told_apart_by_their_whole_group(api_version: str, kind: str, known: bool) -> None:
    assert kubernetes_kinds.knows(GroupVersionKind.parse(api_version, kind)) is known


@pytest.mark.parametrize("document", ORDINARY, ids=name_of)
def test_no_complaint_repeats_a_value(document: Document) -> None:
    for offset in (0, 4):
        for path, changed in spoiled(document, offset):
            for violation in kubernetes_kinds.validate(changed, gvk_of(document)):
                assert "hunter2" not in f"{violation.message} {violation.remedy}", path


@pytest.mark.parametrize("kind", ["K" * 250, "../secrets", "a/b", "a\0b", "", "."])
def test_no_kind_becomes_a_path(kind: str) -> None:
    """A file name of more than 255 bytes is an error of the file system, and NUL is an error of Python."""
    assert not kubernetes_kinds.knows(GroupVersionKind("g" * 250 + ".example", "v1", kind))
    assert not kubernetes_kinds.knows(GroupVersionKind("", "v1", kind))
