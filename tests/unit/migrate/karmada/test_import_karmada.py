"""An import of Karmada into a repository that has something already."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from reconciler.edit.planned_writes import carry_out
from reconciler.edit.work_tree import WorkTree
from reconciler.membership.request import Admin
from reconciler.migrate.karmada.control_plane import ControlPlane
from reconciler.migrate.karmada.import_karmada import ImportRequest, PlannedImport, planned_import
from reconciler.repo.client import Repository
from tests.support.fleet import cluster, config
from tests.support.gitrepo import GitRepo
from tests.support.karmada import binding
from tests.unit.migrate.karmada.test_plan_import import selecting, stored

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def imported(repo: GitRepo, *objects: object, overwrite: bool = False) -> PlannedImport:
    """What one run of the command came to, after its writes."""
    request = ImportRequest(Admin(Path("unused"), ""), overwrite=overwrite)
    async with await Repository.open(str(repo.path)) as repository:
        tree = await WorkTree.open(repository)
        planned = await planned_import(repository, ControlPlane(objects), request, NOW, tree)  # type: ignore[arg-type]
        await carry_out(planned.writes, lambda _: None, dry_run=False)
    return planned


async def test_one_object_with_an_error_and_a_kind_that_nothing_defines_hold_nothing_up(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo").write({"clusters/m1.yaml": cluster("m1")})
    repo.commit()
    policy = selecting(("v1", "ConfigMap"), ("example.org/v1", "Widget"))
    unsound = selecting(("v1", "Secret"), name="unsound", placement={"replicaScheduling": {"replicaSchedulingType": "Halved"}})
    templates = [stored("ConfigMap", "sound", data={"a": "1"}), stored("Widget", "w", api="example.org/v1", spec={})]
    objects = [policy, unsound, *templates, *(binding(one, "all", {"m1": 0}) for one in templates)]
    found = await imported(repo, *objects)
    assert "apiVersion: example.org/v1" in repo.git("show", "HEAD:reconciler.yaml")
    (told,) = (one for one in found.found.imported.remarks if "has an error" in one.what)
    assert (told.origin.file, "Halved" in told.what) == ("shop/propagationpolicy-unsound.yaml", True)
    assert found.decisions == 2
    again = await imported(repo, *objects)
    assert (again.writes, again.found.imported.remarks) == ((), found.found.imported.remarks)


async def test_a_file_with_other_objects_is_not_replaced(tmp_path: Path) -> None:
    file = "shop/configmap-settings.yaml"
    theirs = config("settings", a="1") + "---\n" + config("other", a="1")
    repo = GitRepo(tmp_path / "repo").write({file: theirs})
    repo.commit()
    found = await imported(repo, selecting(("v1", "ConfigMap")), stored("ConfigMap", "settings", data={"a": "2"}), overwrite=True)
    assert (found.files.differing, found.files.holding_more) == ((file,), (file,))
    assert (repo.path / file).read_text() == theirs


async def test_a_file_whose_object_karmada_deleted_since_the_last_import_is_told_and_stays(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo").write({"clusters/m1.yaml": cluster("m1"), "own.yaml": config("own", a="1")})
    repo.commit()
    policy, settings = selecting(("v1", "ConfigMap")), stored("ConfigMap", "settings", data={"a": "1"})
    await imported(repo, policy, settings, binding(settings, "all", {"m1": 0}))
    again = await imported(repo, policy)
    (told,) = (one for one in again.found.imported.remarks if "Karmada does not have it" in one.what)
    assert (told.subject, told.origin.file) == ("ConfigMap shop/settings", "shop/configmap-settings.yaml")
    assert (repo.path / "shop/configmap-settings.yaml").exists()
