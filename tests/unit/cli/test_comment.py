"""`comment` says what is missing before it asks a forge, and prints what it would send."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.present.review_page.markdown import MARKER
from tests.support.program import run_here

PAGE = {"title": "No differences.", "compared": "a → b", "alerts": [], "sections": [], "notes": []}


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "diff.json"
    path.write_text(json.dumps({"page": PAGE}))
    return str(path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--forge", "github"], "name the number of the pull request, or its newest commit with --head"),
        (["--forge", "github", "--head", "main"], "no full id of a commit"),
        (["17"], "name the forge: github, gitlab or gitea"),
        (["17", "--forge", "github"], "RECONCILER_FORGE_TOKEN"),
        (["-1", "--forge", "github"], "-1"),
    ],
)
def test_what_is_missing(options: list[str], said: str, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECONCILER_FORGE_TOKEN", raising=False)
    done = run_here("comment", "--file", file, *options)
    assert (done.code, done.out, said in " ".join(done.err.split())) == (2, "", True)


def test_a_dry_run_prints_the_comment_and_needs_no_forge(file: str) -> None:
    done = run_here("comment", "--dry-run", "--file", file)
    assert (done.code, done.out) == (0, f"{MARKER}\n\n### No differences.\n\na → b\n")


def test_a_file_that_is_no_diff_and_one_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_FORGE_TOKEN", "hush")
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"page": "secret"}')
    repo = ("--forge", "github", "--repo", "https://github.com/org/config")
    done = run_here("comment", "17", "--file", str(wrong), *repo)
    assert (done.code, "secret" in done.err, "diff -o json" in done.err) == (3, False, True)
    assert run_here("comment", "17", "--file", str(tmp_path / "missing"), *repo).code == 3
