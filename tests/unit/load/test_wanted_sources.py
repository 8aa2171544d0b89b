"""What Charts want from outside, with file and line, and what the lock file says of it."""

from __future__ import annotations

import hashlib

import pytest

from reconciler.load.source_lock import print_lock
from reconciler.model.desired import DesiredState
from reconciler.model.source_lock import LOCK_FILE, LockedSource, SourceKind, SourceLock
from reconciler.model.tree import TreeEntry
from reconciler.pipeline.compiler import Compiler

DIGEST = f"sha256:{'a' * 64}"
WEB = LockedSource(SourceKind.OCI, "oci://registry.test/web", "", "^1.2", "1.4.0", DIGEST, 100)


def chart(spec: str, name: str = "web") -> str:
    indented = "\n".join(f"    {line}" for line in spec.splitlines())
    return f"apiVersion: reconciler.dev/v1alpha1\nkind: Chart\nmetadata:\n  name: {name}\nspec:\n  chart:\n{indented}\n"


def load(files: dict[str, str], compiler: Compiler | None = None) -> DesiredState:
    blobs = {hashlib.sha256(text.encode()).hexdigest(): text.encode() for text in files.values()}
    tree = {path: TreeEntry(hashlib.sha256(text.encode()).hexdigest(), 0o100644) for path, text in files.items()}
    compiler = compiler or Compiler()
    needed = compiler.missing(tree)
    return compiler.load(tree, {blob: blobs[blob] for blob in needed})


def said(desired: DesiredState) -> list[tuple[str, str, str]]:
    kinds = ("SourceNotLocked", "SourceLockOutdated", "SourceLockUnreadable", "SourceNotWanted", "InvalidSource")
    return [(str(issue.origin), issue.reason, issue.message) for issue in desired.issues if issue.reason in kinds]


OCI = "oci: oci://registry.test/web/\nversion: ^1.2"


def test_what_is_wanted_has_its_line() -> None:
    desired = load(
        {
            "a.yaml": chart(OCI),
            "b.yaml": "---\n" + chart("repository: https://charts.test/\nname: podinfo\nversion: 6.x"),
            "c.yaml": chart("path: charts/web"),
        }
    )
    assert [(str(one.origin), str(one)) for one in desired.wanted_sources] == [
        ("b.yaml:8", "podinfo of https://charts.test 6.x"),
        ("a.yaml:7", "oci://registry.test/web ^1.2"),
    ]
    assert said(desired) == [
        ("a.yaml:7", "SourceNotLocked", "oci://registry.test/web ^1.2 is not in reconciler.lock"),
        ("b.yaml:8", "SourceNotLocked", "podinfo of https://charts.test 6.x is not in reconciler.lock"),
    ]
    assert desired.broken_files >= {"a.yaml", "b.yaml"}
    assert desired.settings_in == ""


def test_two_that_want_the_same_need_one_entry() -> None:
    files = {"a.yaml": chart(OCI), "b.yaml": chart(OCI, "api"), LOCK_FILE: print_lock(SourceLock((WEB,)))}
    desired = load(files)
    assert said(desired) == []
    assert desired.source_lock == SourceLock((WEB,))
    assert [str(one.origin) for one in desired.wanted_sources] == ["a.yaml:7", "b.yaml:7"]
    assert [place for place, *_ in said(load({**files, LOCK_FILE: print_lock(SourceLock())}))] == ["a.yaml:7", "b.yaml:7"]


def test_the_lock_is_compared() -> None:
    lock = print_lock(SourceLock((WEB,)))
    assert said(load({"a.yaml": chart(OCI.replace("^1.2", "2.x")), LOCK_FILE: lock})) == [
        (
            "a.yaml:7",
            "SourceLockOutdated",
            "reconciler.lock has 1.4.0 (reconciler.lock:4) of oci://registry.test/web, and 2.x is wanted",
        ),
        ("reconciler.lock:4", "SourceNotWanted", "nothing wants oci://registry.test/web 1.4.0 any more"),
    ]


def test_a_broken_lock_is_no_configuration() -> None:
    desired = load({LOCK_FILE: "layout: 1\nsources: 5\n"})
    assert said(desired) == [
        ("reconciler.lock:1", "SourceLockUnreadable", "the lock file cannot be read: it is no list of sources")
    ]
    assert desired.settings_in == ""


def test_the_lock_is_read_once() -> None:
    compiler = Compiler()
    files = {"a.yaml": chart(OCI), LOCK_FILE: print_lock(SourceLock((WEB,)))}
    first = load(files, compiler)
    compiler.next_pass()
    assert load(files, compiler).source_lock is first.source_lock


@pytest.mark.parametrize(
    ("spec", "line", "message"),
    [
        ("oci: oci://ada:canary@registry.test/web\nversion: 1.x", 7, "spec.chart.oci holds a user or password"),
        ("oci: https://registry.test/web\nversion: 1.x", 7, "spec.chart.oci is no URL of a registry"),
        ("oci: oci://registry.test/web\nversion: latest", 8, "spec.chart.version is no version, such as 1.2.3"),
        ("oci: oci://registry.test/web", 6, "spec.chart.version is no version"),
        ("oci: oci://registry.test/web\nversion: 1.x\nname: web", 9, "spec.chart states a name, which is part of oci"),
        ("repository: https://charts.test\nversion: 1.x", 6, "spec.chart lacks a name"),
        ("repository: file:///etc\nname: web\nversion: 1.x", 7, "spec.chart.repository is no URL of a chart repository"),
        ("path: a\noci: oci://registry.test/web", 6, "spec.chart states path and oci"),
        ("name: a", 6, "spec.chart states no place"),
    ],
)
def test_a_mistake_has_its_line(spec: str, line: int, message: str) -> None:
    desired = load({"a.yaml": chart(spec)})
    ((place, reason, said_message),) = said(desired)
    assert (place, reason) == (f"a.yaml:{line}", "InvalidSource")
    assert said_message.startswith(f"Chart.reconciler.dev web: {message}")
    assert "canary" not in str(desired.issues)
    assert desired.wanted_sources == ()


TENANT = """apiVersion: reconciler.dev/v1alpha1
kind: Tenant
metadata: {name: team}
spec:
  folders: [team]
  sources: ["oci://registry.test/team/*"]
"""


def forbidden(desired: DesiredState) -> list[tuple[str, str]]:
    return [(str(issue.origin), issue.message) for issue in desired.issues if issue.reason == "GovernedFolder"]


def test_a_tenant_gets_files_from_the_urls_that_it_may_name() -> None:
    own = chart("oci: oci://registry.test/team/web\nversion: ^1.2")
    other = chart("oci: oci://registry.test/web\nversion: ^1.2")
    desired = load({"tenant.yaml": TENANT, "team/own.yaml": own, "team/other.yaml": other, "platform.yaml": other})
    assert {str(one.origin) for one in desired.wanted_sources} == {"team/own.yaml:7", "platform.yaml:7"}
    assert forbidden(desired) == [
        (
            "team/other.yaml:7",
            "Chart.reconciler.dev web: Tenant team (tenant.yaml:6) does not allow the source oci://registry.test/web "
            "(spec.sources)",
        )
    ]
    assert "team/other.yaml" in desired.broken_files


def test_without_the_list_a_tenant_gets_none_and_a_folder_is_no_source() -> None:
    tenant = TENANT.replace('  sources: ["oci://registry.test/team/*"]\n', "")
    desired = load({"tenant.yaml": tenant, "team/own.yaml": chart(OCI), "team/folder.yaml": chart("path: charts/web")})
    assert [place for place, _ in forbidden(desired)] == ["team/own.yaml:7"]
    assert desired.wanted_sources == ()


def test_the_tenants_before_judge_what_a_revision_names() -> None:
    before = load({"tenant.yaml": TENANT}).tenancy
    files = {"tenant.yaml": TENANT.replace("registry.test/team/*", "registry.test/*"), "team/a.yaml": chart(OCI)}
    blobs = {hashlib.sha256(text.encode()).hexdigest(): text.encode() for text in files.values()}
    tree = {path: TreeEntry(hashlib.sha256(text.encode()).hexdigest(), 0o100644) for path, text in files.items()}
    assert [place for place, _ in forbidden(Compiler().load(tree, blobs, judges=before))] == ["team/a.yaml:7"]
    assert forbidden(Compiler().load(tree, blobs)) == []
