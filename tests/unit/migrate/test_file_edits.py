"""The files of an import against those of the repository."""

from __future__ import annotations

from reconciler.migrate.adopting import adopting
from reconciler.migrate.file_edits import declared_in, file_edits
from reconciler.migrate.imported import ImportedFile
from reconciler.model.adoption import Adopted
from reconciler.model.keys import ResourceKey
from tests.support.in_memory_fleet import load
from tests.support.shop import cluster_file

FILES = [ImportedFile(f"{name}.yaml", name) for name in "abcd"]


def test_a_file_that_differs_is_left_without_leave() -> None:
    present = {"a.yaml": "a", "b.yaml": "changed by somebody"}
    found = file_edits(FILES, present, {"c.yaml": "moved/c.yaml"})
    assert [edit.file for edit in found.edits] == ["d.yaml"]
    assert (found.same, found.differing, dict(found.declared)) == (("a.yaml",), ("b.yaml",), {"c.yaml": "moved/c.yaml"})
    given = file_edits(FILES, present, {}, overwrite=True)
    assert [(edit.file, edit.change(present.get(edit.file))) for edit in given.edits] == [
        ("b.yaml", "b"),
        ("c.yaml", "c"),
        ("d.yaml", "d"),
    ]


def test_what_is_written_once_is_the_same_the_second_time() -> None:
    first = file_edits(FILES, {}, {})
    present = {edit.file: edit.change(None) or "" for edit in first.edits}
    second = file_edits(FILES, present, {})
    assert (second.edits, second.differing) == ((), ())


def test_it_is_known_which_file_declares_what() -> None:
    found = declared_in(load({"somewhere/m1.yaml": cluster_file("m1")}))
    assert found[ResourceKey("cluster.karmada.io", "Cluster", "", "m1")] == "somewhere/m1.yaml"


def test_a_configuration_is_edited_once_and_keeps_its_comments() -> None:
    text = (
        "# ours\napiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nmetadata: {name: c}\nspec:\n  interval: 1m  # slow\n"
    )
    edit = adopting(load({"settings/c.yaml": text}), Adopted.KARMADA)
    assert edit is not None
    after = edit.change(text)
    assert (edit.file, after is not None and "# ours" in after and "# slow" in after) == ("settings/c.yaml", True)
    assert adopting(load({"settings/c.yaml": after or ""}), Adopted.KARMADA) is None


def test_a_configuration_is_written_where_there_is_none() -> None:
    edit = adopting(load({}), Adopted.KARMADA)
    assert edit is not None
    written = edit.change(None) or ""
    assert load({edit.file: written}).settings.adopt == (Adopted.KARMADA,)
