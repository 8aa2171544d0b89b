"""Links to the pages of forges; `tests/forge/test_forge_pages.py` opens those of a real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.forge_pages import ForgePages, pages_of, pages_of_remote
from reconciler.dashboard.page import Asked
from reconciler.dashboard.pages import commits_to_make
from reconciler.dashboard.settings import SettingsError, read_settings
from reconciler.notify.forge_api import ForgeKind
from tests.support.showcase import THEN
from tests.unit.dashboard.pages import OBJECT, shown

GITHUB = ForgePages(ForgeKind.GITHUB, "https://github.com/acme/config")
GITLAB = ForgePages(ForgeKind.GITLAB, "https://gitlab.com/acme/sub/config")
GITEA = ForgePages(ForgeKind.GITEA, "https://codeberg.org/acme/config")


def test_a_new_pull_request_has_the_form_of_each_forge() -> None:
    branch = "suspend-a&b"
    assert GITHUB.new_request(branch, "main") == "https://github.com/acme/config/compare/main...suspend-a%26b?expand=1"
    assert GITLAB.new_request(branch, "main") == (
        "https://gitlab.com/acme/sub/config/-/merge_requests/new"
        "?merge_request%5Bsource_branch%5D=suspend-a%26b&merge_request%5Btarget_branch%5D=main"
    )
    assert GITEA.new_request(branch, "") == "https://codeberg.org/acme/config/compare/suspend-a%26b"
    assert [one.request_name for one in (GITHUB, GITLAB, GITEA)] == ["pull request", "merge request", "pull request"]


def test_files_and_commits_have_the_form_of_each_forge() -> None:
    assert [one.file("abc", "a b/c.yaml").removeprefix(one.url) for one in (GITHUB, GITLAB, GITEA)] == [
        "/blob/abc/a%20b/c.yaml",
        "/-/blob/abc/a%20b/c.yaml",
        "/src/commit/abc/a%20b/c.yaml",
    ]
    assert [one.edit("main", "c.yaml").removeprefix(one.url) for one in (GITHUB, GITLAB, GITEA)] == [
        "/edit/main/c.yaml",
        "/-/edit/main/c.yaml",
        "/_edit/main/c.yaml",
    ]
    assert GITLAB.commit("abc") == f"{GITLAB.url}/-/commit/abc"


@pytest.mark.parametrize(
    ("remote", "pages"),
    [
        ("https://github.com/acme/config.git", GITHUB),
        ("git@github.com:acme/config.git", GITHUB),
        ("ssh://git@gitlab.com/acme/sub/config.git", GITLAB),
        ("https://codeberg.org/acme/config", GITEA),
        ("https://git.example.com/acme/config.git", None),
        ("/srv/config.git", None),
        ("https://github.com.example.org/acme/config.git", None),
    ],
)
def test_only_a_forge_that_everybody_knows_is_guessed_from_a_remote(remote: str, pages: ForgePages | None) -> None:
    assert pages_of_remote([remote]) == pages


def test_the_name_of_a_host_tells_the_kind_unless_the_settings_do(tmp_path: Path) -> None:
    for url, kind in (("https://gitlab.example.com/a/b/", "gitlab"), ("https://git.example.com/a/github", "gitea")):
        found = pages_of(url)
        assert found is not None
        assert (found.kind, found.url.endswith("/")) == (kind, False)
    assert pages_of("") is None
    file = tmp_path / "dashboard.yaml"
    file.write_text(json.dumps({"forge": "https://git.example.com/a/b", "forgeKind": "gitlab"}))
    assert read_settings(file).forge == ForgePages(ForgeKind.GITLAB, "https://git.example.com/a/b")
    for wrong, told in ({"forge": "javascript:alert(1)"}, "is no page"), ({"forgeKind": "bitbucket"}, "github, gitlab or gitea"):
        file.write_text(json.dumps(wrong))
        with pytest.raises(SettingsError) as error:
            read_settings(file)
        assert told in f"{error.value.message} {error.value.remedy}"


def test_the_button_opens_the_pull_request_where_the_forge_is_known(facts: Facts) -> None:
    suspend = commits_to_make.PAGES[0]
    edit = commits_to_make._edit_of_object(Asked(facts, THEN, OBJECT))
    found = (edit, "kind: Deployment\n", "main")
    assert "Open the pull request" not in shown(suspend, facts, found)
    page = shown(suspend, facts, found, forge=GITHUB)
    assert 'href="https://github.com/acme/config/compare/main...suspend-web?expand=1"' in page
    assert "Open the pull request" in page
    assert "--branch suspend-web" in page
    assert f'href="https://github.com/acme/config/edit/main/{edit.file}"' in page
    assert "Open the merge request" in shown(suspend, facts, found, forge=GITLAB)
    detached = shown(suspend, facts, (edit, "kind: Deployment\n", ""), forge=GITEA)
    assert ("/_edit/" in detached, "/compare/suspend-web" in detached) == (False, True)
