"""Which files a proposal may change."""

from __future__ import annotations

import pytest

from reconciler.assistants.proposed_files import ProposalError, changes_of
from reconciler.model.tree import TreeEntry

TREE = {
    "apps/web.yaml": TreeEntry("1", 0o100644),
    "link": TreeEntry("2", 0o120000),
    "module": TreeEntry("3", 0o160000),
}


def test_new_changed_and_deleted_files() -> None:
    assert changes_of([("apps/new.yaml", "a: 1\n")], TREE) == {"apps/new.yaml": b"a: 1\n"}
    assert changes_of([("apps/web.yaml", None)], TREE) == {"apps/web.yaml": None}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/etc/passwd", "no path of a file in the repository"),
        ("../other.yaml", "no path of a file in the repository"),
        ("apps/../../x.yaml", "no path of a file in the repository"),
        ("apps//web.yaml", "no path of a file in the repository"),
        ("-rf", "no path of a file in the repository"),
        (".git/config", "no path of a file in the repository"),
        ("apps/.GIT/config", "no path of a file in the repository"),
        ("a\nb.yaml", "no path of a file in the repository"),
        (".github/workflows/run.yaml", "hidden"),
        (".gitea/workflows/run.yaml", "hidden"),
        (".gitlab-ci.yml", "hidden"),
        ("apps/.hidden.yaml", "hidden"),
        ("link", "a link or a submodule"),
        ("link/x.yaml", "a link or a submodule"),
        ("module/x.yaml", "a link or a submodule"),
        ("apps/web.yaml/x.yaml", "is a file"),
        ("apps", "is a folder"),
    ],
)
def test_paths_that_are_refused(path: str, reason: str) -> None:
    with pytest.raises(ProposalError, match=reason):
        changes_of([(path, "a: 1\n")], TREE)


def test_what_does_not_exist_cannot_go_and_what_is_named_twice_is_a_mistake() -> None:
    with pytest.raises(ProposalError, match="cannot be deleted"):
        changes_of([("apps/none.yaml", None)], TREE)
    with pytest.raises(ProposalError, match="named twice"):
        changes_of([("a.yaml", "a"), ("a.yaml", "b")], TREE)
