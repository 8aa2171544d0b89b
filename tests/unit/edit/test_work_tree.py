"""Edits of files in a work tree: judged as a whole, written and committed, refused where somebody else is at work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from reconciler.documents.edit import set_value
from reconciler.documents.errors import DocumentError
from reconciler.edit.file_writes import WorkTreeError
from reconciler.edit.planned_writes import OutdatedPlanError, carry_out
from reconciler.edit.work_tree import FileEdit, WorkTree
from reconciler.passes.preflight import ConfigurationBrokenError
from reconciler.pipeline import compiler
from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from tests.support.fleet import cluster, config, policy, selector
from tests.support.gitrepo import GitRepo

FILES = {"a.yaml": config("a", key="1"), "b.yaml": config("b", key="1"), "cluster.yaml": cluster("m1")}


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    repo = GitRepo(tmp_path / "repo").write(dict(FILES))
    repo.commit()
    return repo


@pytest.fixture
async def repository(repo: GitRepo) -> AsyncIterator[Repository]:
    async with await Repository.open(str(repo.path)) as repository:
        yield repository


def set_key(file: str, value: str, *path: str) -> FileEdit:
    """`data.key` of a ConfigMap, or another path."""
    return FileEdit(file, lambda text: None if text is None else set_value(text, path or ("data", "key"), value))


def write(file: str, text: str | None) -> FileEdit:
    return FileEdit(file, lambda _: text)


async def edit(repository: Repository, *edits: FileEdit, commit: bool = True) -> list[str]:
    """One run of a command; its reports."""
    planned = await (await WorkTree.open(repository)).plan(edits)
    reports: list[str] = []
    await carry_out(
        planned.writes("Edit\n\nBecause.\n", commit=commit),
        lambda report: reports.append(f"{report.action} {report.subject.split()[-1]}"),
        dry_run=False,
    )
    return reports


async def test_several_files_are_one_commit(repo: GitRepo, repository: Repository) -> None:
    edits = [
        set_key("a.yaml", "2"),
        write("new/c.yaml", config("c")),
        write("b.yaml", None),
        set_key("cluster.yaml", "Push", "spec", "syncMode"),
    ]
    done = await edit(repository, *edits)
    assert done == ["configured a.yaml", "created new/c.yaml", "deleted b.yaml", "unchanged cluster.yaml", "committed Edit"]
    assert (
        repo.git("show", "--no-renames", "--name-status", "--format=%B")
        == "Edit\n\nBecause.\n\n\nM\ta.yaml\nD\tb.yaml\nA\tnew/c.yaml"
    )
    assert repo.git("status", "--porcelain") == ""


async def test_edits_that_are_made_already_write_nothing(repo: GitRepo, repository: Repository) -> None:
    head = repo.git("rev-parse", "HEAD")
    assert await edit(repository, set_key("a.yaml", "1")) == ["unchanged a.yaml"]
    assert repo.git("rev-parse", "HEAD") == head


async def test_a_plan_writes_nothing(repo: GitRepo, repository: Repository) -> None:
    await (await WorkTree.open(repository)).plan([set_key("a.yaml", "2"), write("c.yaml", config("c"))])
    assert repo.git("status", "--porcelain") == ""


async def test_the_repository_is_loaded_with_all_edits_together(repository: Repository) -> None:
    tree = await WorkTree.open(repository)
    planned = await tree.plan([write("m2.yaml", cluster("m2")), write("cluster.yaml", None)])
    assert [cluster.name for cluster in tree.desired.clusters] == ["m1"]
    assert [cluster.name for cluster in planned.desired.clusters] == ["m2"]


async def test_only_edited_files_are_parsed_again(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed, parse_file = [], compiler.parse_file

    def counted(path: str, blob: str, content: bytes) -> object:
        parsed.append(path)
        return parse_file(path, blob, content)

    monkeypatch.setattr(compiler, "parse_file", counted)
    tree = await WorkTree.open(repository)
    await tree.plan([set_key("a.yaml", "2")])
    assert parsed == ["a.yaml", "b.yaml", "cluster.yaml", "a.yaml"]


@pytest.mark.parametrize(
    "broken",
    [write("a.yaml", "kind: ["), write("new.yaml", cluster("m1")), set_key("cluster.yaml", "Pul", "spec", "syncMode")],
    ids=["no YAML", "declared twice", "not in the schema"],
)
async def test_an_edit_that_causes_an_error_is_refused(repo: GitRepo, repository: Repository, broken: FileEdit) -> None:
    with pytest.raises(WorkTreeError, match=f"{broken.file} would have an error"):
        await edit(repository, set_key("b.yaml", "2"), broken)
    assert repo.git("status", "--porcelain") == ""


async def test_an_error_that_is_there_already_does_not_stop_an_edit(repo: GitRepo, repository: Repository) -> None:
    repo.write({"broken.yaml": "kind: [", "p.yaml": policy("p", selector("ConfigMap", "a"), "m1")}).commit()
    assert await edit(repository, set_key("a.yaml", "2")) == ["configured a.yaml", "committed Edit"]


async def test_uncommitted_work_of_somebody_else_is_refused(repo: GitRepo, repository: Repository) -> None:
    repo.write({"a.yaml": config("a", key="9")})
    with pytest.raises(WorkTreeError, match=r"a\.yaml has uncommitted changes"):
        await edit(repository, set_key("a.yaml", "2"))
    assert (repo.path / "a.yaml").read_text() == config("a", key="9")


@pytest.mark.parametrize("ignored", ["", "*.yaml\n"], ids=["untracked", "ignored"])
async def test_a_new_file_never_replaces_one_that_is_not_committed(repo: GitRepo, repository: Repository, ignored: str) -> None:
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/info/exclude").write_text(ignored)
    repo.write({"new.yaml": "mine"})
    with pytest.raises(WorkTreeError, match=r"new\.yaml has uncommitted changes"):
        await edit(repository, write("new.yaml", config("new")))
    assert (repo.path / "new.yaml").read_text() == "mine"


async def test_uncommitted_work_that_includes_the_edit_is_left(repo: GitRepo, repository: Repository) -> None:
    repo.write({"a.yaml": config("a", key="2", other="9")})
    planned = await (await WorkTree.open(repository)).plan([set_key("a.yaml", "2")])
    reports = [write.report for write in planned.writes("Edit")]
    assert [(report.action, report.subject) for report in reports if report] == [
        ("unchanged", "a.yaml (with your uncommitted changes)")
    ]
    assert (repo.path / "a.yaml").read_text() == config("a", key="2", other="9")


@pytest.mark.parametrize("file", ["a.yaml", "new.yaml"])
@pytest.mark.parametrize("gone", [False, True])
async def test_a_run_that_stopped_before_its_commit_is_finished(
    repo: GitRepo, repository: Repository, file: str, gone: bool
) -> None:
    change = write(file, None if gone and file == "a.yaml" else config("a" if file == "a.yaml" else "new", key="2"))
    await edit(repository, change, commit=False)
    assert repo.git("status", "--porcelain") != ""
    assert (await edit(repository, change))[-1] == "committed Edit"
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda repo: repo.write({"a.yaml": config("a", key="9")}),
        lambda repo: repo.remove("a.yaml"),
        lambda repo: repo.write({"b.yaml": config("b", key="9")}).commit(),
    ],
    ids=["edited", "deleted", "committed"],
)
async def test_a_plan_that_is_outdated_is_refused(
    repo: GitRepo, repository: Repository, meanwhile: Callable[[GitRepo], object]
) -> None:
    planned = await (await WorkTree.open(repository)).plan([set_key("a.yaml", "2")])
    meanwhile(repo)
    before = (repo.git("rev-parse", "HEAD"), repo.git("diff"))
    with pytest.raises(OutdatedPlanError, match="changed while this command was running"):
        await carry_out(planned.writes("Edit"), lambda _: None, dry_run=False)
    assert (repo.git("rev-parse", "HEAD"), repo.git("diff")) == before


def fail(text: str | None) -> str | None:
    raise DocumentError("the value is an alias", line=3, reason="Edit", remedy="")


@pytest.mark.parametrize(
    ("content", "change", "message"),
    [(config("a"), fail, "a.yaml: the value is an alias"), (b"\xff", lambda text: text, "a.yaml: the text is not UTF-8")],
    ids=["no harmless edit", "not UTF-8"],
)
async def test_a_text_that_cannot_be_edited_is_refused(
    repo: GitRepo, repository: Repository, content: str | bytes, change: Callable[[str | None], str | None], message: str
) -> None:
    repo.write({"a.yaml": content}).commit()
    with pytest.raises(WorkTreeError, match=message) as refusal:
        await edit(repository, FileEdit("a.yaml", change))
    assert refusal.value.remedy == "Edit the file by hand, and commit it."


async def test_a_repository_without_a_work_tree_is_refused(repo: GitRepo, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    async with await Repository.open(str(tmp_path / "bare.git")) as bare:
        with pytest.raises(WorkTreeError, match="work tree"):
            await WorkTree.open(bare)


async def test_a_commit_on_no_branch_is_refused(repo: GitRepo, repository: Repository) -> None:
    repo.git("switch", "--quiet", "--detach")
    with pytest.raises(RepositoryError, match="HEAD is on no branch") as refusal:
        await WorkTree.open(repository)
    assert "--no-commit" in refusal.value.remedy
    assert (await WorkTree.open(repository, commit=False)).desired.issues == ()


async def test_a_broken_configuration_is_refused(repo: GitRepo, repository: Repository) -> None:
    repo.write({"reconciler.yaml": "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: {intervall: 5s}\n"}).commit()
    with pytest.raises(ConfigurationBrokenError):
        await WorkTree.open(repository)
