"""The lock file: read with lines, printed in one form, and compared with what is wanted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.source_lock import NOT_LOCKED, OUTDATED, UNREADABLE, UNUSED, check_lock, print_lock, read_lock
from reconciler.model.issues import Severity
from reconciler.model.origin import Origin
from reconciler.model.source_lock import LockedSource, SourceKind, SourceLock, WantedSource, url_mistake, version_mistake
from reconciler.model.tree import Oversized

OCI, HELM, GIT = SourceKind.OCI, SourceKind.HELM, SourceKind.GIT
A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
PODINFO = LockedSource(
    HELM, "https://charts.test", "podinfo", "6.x", "6.7.1", A, 12345, archive="https://charts.test/podinfo-6.7.1.tgz"
)
WEB = LockedSource(OCI, "oci://registry.test/web", "", "^1.2", "1.4.0", B, 100, manifest=A)
SHOP = LockedSource(GIT, "https://git.test/shop", "", "branch:main", "main", "c" * 40)
LOCK = SourceLock((PODINFO, WEB, SHOP))
TEXT = f"""\
# `reconciler update` writes this file. Commit it with the files that it is for.
layout: 1
sources:
- digest: {"c" * 40}
  kind: git
  resolved: main
  url: https://git.test/shop
  version: branch:main
- archive: https://charts.test/podinfo-6.7.1.tgz
  digest: {A}
  kind: helm
  name: podinfo
  resolved: 6.7.1
  size: 12345
  url: https://charts.test
  version: 6.x
- digest: {B}
  kind: oci
  manifest: {A}
  resolved: 1.4.0
  size: 100
  url: oci://registry.test/web
  version: ^1.2
"""


def wants(one: LockedSource, version: str = "", line: int = 7) -> WantedSource:
    return WantedSource(one.kind, one.url, one.name, version or one.version, origin=Origin("chart.yaml", line))


def test_the_file_has_one_form() -> None:
    assert print_lock(LOCK) == TEXT
    assert print_lock(SourceLock(LOCK.sources[::-1])) == TEXT


def test_what_was_printed_is_read_with_its_lines() -> None:
    file = read_lock(TEXT.encode())
    assert file.issues == ()
    assert file.lock.sources == (SHOP, PODINFO, WEB)
    assert [one.origin.line for one in file.lock.sources] == [4, 9, 17]
    assert read_lock(b"# empty\n").lock == SourceLock()


words = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=12)


@given(
    st.lists(
        st.builds(
            LockedSource,
            st.just(OCI),
            words,
            st.just(""),
            words,
            words,
            st.sampled_from([A, B]),
            st.integers(0, 2**40),
            manifest=st.sampled_from(["", A, B]),
        ),
        unique_by=lambda one: (one.url, one.version),
    )
)
def test_any_lock_comes_back(sources: list[LockedSource]) -> None:
    file = read_lock(print_lock(SourceLock(tuple(sources))).encode())
    assert file.issues == ()
    assert file.lock.sources == tuple(sorted(sources))


@pytest.mark.parametrize(
    ("edit", "line", "message"),
    [
        (("kind: helm", "kind: bazaar"), 9, "the entry has a kind that is not oci, helm or git"),
        (("size: 100", "size: many"), 17, "the entry has no number of bytes as size"),
        (("size: 100", "size: -1"), 17, "the entry has no number of bytes as size"),
        (("  resolved: main\n", ""), 4, "the entry has no text as resolved"),
        (("resolved: main", "resolved: 5"), 4, "the entry has no text as resolved"),
        (("digest: " + B, "digest: sha1:abc"), 17, "the entry has no sha256 digest as digest"),
        (("digest: " + "c" * 40, "digest: main"), 4, "the entry has no id of a commit as digest"),
        (("manifest: " + A, "manifest: latest"), 17, "the entry has no sha256 digest as manifest"),
        (("  name: podinfo\n", ""), 9, "the entry has fields that do not belong to the kind helm, or lacks some"),
        (("  name: podinfo\n", "  nome: podinfo\n"), 9, "the entry has the unknown field nome"),
        (("layout: 1", "layout: 2"), 2, "the lock file cannot be read: its layout is not 1, the one that this version reads"),
        (("sources:", "origins:"), 2, "the lock file cannot be read: it is no list of sources"),
    ],
)
def test_a_mistake_has_its_line(edit: tuple[str, str], line: int, message: str) -> None:
    assert edit[0] in TEXT
    (issue,) = read_lock(TEXT.replace(*edit).encode()).issues
    assert (issue.severity, issue.reason, issue.message) == (Severity.ERROR, UNREADABLE, message)
    assert str(issue.origin) == f"reconciler.lock:{line}"
    assert "reconciler update" in issue.remedy


def test_a_merge_conflict_is_named() -> None:
    text = TEXT.replace("- archive", "<<<<<<< HEAD\n- archive", 1)
    (issue,) = read_lock(text.encode()).issues
    assert (issue.origin.line, issue.message) == (9, "a merge conflict is not resolved")


def test_an_entry_that_is_there_twice_or_a_huge_file() -> None:
    (issue,) = read_lock((TEXT + TEXT.partition("sources:\n")[2]).encode()).issues[:1]
    assert issue.message == "the entry states the same as line 4"
    (issue,) = read_lock(Oversized(10**9, 10**6)).issues
    assert "1,000,000,000 bytes" in issue.message


def test_what_is_wanted_and_not_locked() -> None:
    file = read_lock(TEXT.encode())
    found = check_lock(
        [wants(SHOP), wants(PODINFO, "7.x", 9), wants(WEB), wants(replace(WEB, url="oci://registry.test/api"))], file
    )
    assert [(issue.reason, str(issue.origin)) for issue in found] == [
        (NOT_LOCKED, "chart.yaml:7"),
        (OUTDATED, "chart.yaml:9"),
        (UNUSED, "reconciler.lock:9"),
    ]
    assert found[0].message == "oci://registry.test/api ^1.2 is not in reconciler.lock"
    assert (
        found[1].message == "reconciler.lock has 6.7.1 (reconciler.lock:9) of podinfo of https://charts.test, and 7.x is wanted"
    )
    assert found[2].message == "nothing wants podinfo of https://charts.test 6.7.1 any more"
    assert [issue.severity for issue in found] == [Severity.ERROR, Severity.ERROR, Severity.WARNING]


def test_nothing_is_said_about_a_lock_that_fits() -> None:
    assert check_lock(map(wants, LOCK.sources), read_lock(TEXT.encode())) == []


def test_a_wider_range_needs_no_new_lock() -> None:
    file = read_lock(TEXT.encode())
    assert check_lock([wants(SHOP), wants(PODINFO, ">=6.5 <7"), wants(WEB, A)], file) == []
    newer = replace(PODINFO, version="6.10.x", resolved="6.10.0")
    assert SourceLock((PODINFO, newer)).find(wants(PODINFO, ">=6")) == newer
    assert SourceLock((PODINFO, newer)).find(wants(PODINFO)) == PODINFO


def test_a_hand_edited_entry_is_not_believed() -> None:
    file = read_lock(TEXT.replace("resolved: 6.7.1", "resolved: 9.0.0").encode())
    (issue, _) = check_lock(map(wants, LOCK.sources), file)
    assert issue.reason == OUTDATED


def test_what_a_broken_entry_pinned_counts_as_not_locked() -> None:
    """So that the object that wants it is left out, and what it declared before stays."""
    found = check_lock([wants(PODINFO), wants(WEB)], read_lock(TEXT.replace("kind: helm", "kind: x").encode()))
    assert [issue.reason for issue in found] == [NOT_LOCKED, UNREADABLE]


@pytest.mark.parametrize(
    ("url", "kind", "clause"),
    [
        ("oci://registry.test:5000/web", OCI, ""),
        ("https://charts.test/a", HELM, ""),
        ("http://charts.test", HELM, ""),
        ("https://git.test/shop.git", GIT, ""),
        ("git@git.test:shop", GIT, ""),
        ("ssh://git@git.test/shop", GIT, ""),
        ("https://ada:canary@git.test/shop", GIT, "holds a user or password"),
        ("ssh://ada:canary@git.test/shop", GIT, "holds a password"),
        ("file:///etc", GIT, "is no URL of a Git repository elsewhere"),
        ("/etc", GIT, "is no URL of a Git repository elsewhere"),
        ("../shop", GIT, "is no URL of a Git repository elsewhere"),
        ("ext::sh -c x", GIT, "has a space"),
        ("ext::x", GIT, "is no URL of a Git repository elsewhere"),
        ("git@-oProxyCommand=x:y", GIT, "is no URL of a Git repository elsewhere"),
        ("https://ada@charts.test", HELM, "holds a user or password"),
        ("oci://ada:canary@registry.test/web", OCI, "holds a user or password"),
        ("https://registry.test/web", OCI, "is no URL of a registry"),
        ("oci://", OCI, "is no URL of a registry"),
        ("charts.test", HELM, "is no URL of a chart repository"),
        ("https://charts.test?a=b", HELM, "is no URL of a chart repository"),
        ("https://charts.test/", HELM, "ends with /"),
        ("https://charts.test/a b", HELM, "has a space"),
    ],
)
def test_where_something_can_be(url: str, kind: SourceKind, clause: str) -> None:
    mistake = url_mistake(url, kind)
    assert mistake.startswith(clause) if clause else mistake == ""
    assert "canary" not in mistake


@pytest.mark.parametrize(
    ("version", "kind", "clause"),
    [
        ("^1.2", HELM, ""),
        ("1.2.3", OCI, ""),
        (A, OCI, ""),
        ("tag:stable", OCI, ""),
        ("branch:main", GIT, ""),
        (f"commit:{'a' * 40}", GIT, ""),
        (A, HELM, "is no sha256 digest"),
        ("sha256:abc", OCI, "is no sha256 digest"),
        ("branch:main", OCI, "means a branch"),
        ("tag:stable", HELM, "means a tag"),
        ("commit:abc", GIT, "is not the whole id"),
        ("tag:", OCI, "names nothing"),
        ("tag:a b", OCI, "names nothing"),
        ("latest", HELM, "is no version"),
        ("", HELM, "is no version"),
    ],
)
def test_what_can_be_wanted(version: str, kind: SourceKind, clause: str) -> None:
    mistake = version_mistake(version, kind)
    assert mistake.startswith(clause) if clause else mistake == ""
