"""Files of another tool that cannot be read: none is left out without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.migrate import read_files
from reconciler.migrate.declared import broken_in, declared_in
from reconciler.migrate.read_files import ImportReadError, read_folder

GOOD = b"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\n"


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dump.yaml").write_bytes(GOOD)
    assert read_folder(tmp_path) == read_folder(tmp_path / "dump.yaml") == {"dump.yaml": GOOD}
    monkeypatch.setattr(read_files, "_LARGEST", len(GOOD) - 1)
    with pytest.raises(ImportReadError, match="larger than"):
        read_folder(tmp_path)


def test_a_file_that_is_broken_is_told_where_it_may_hold_an_object_of_the_tool() -> None:
    broken = GOOD + b"---\nkind: [\n"
    (remark,) = broken_in("apps.yaml", broken, "argoproj.io")
    assert (remark.subject, remark.origin.file, remark.what.startswith("it cannot be read: ")) == (
        "file apps.yaml",
        "apps.yaml",
        True,
    )
    assert broken_in("apps.yaml", broken, "fluxcd.io") == []
    assert broken_in("apps.yaml", GOOD, "argoproj.io") == []
    assert [one.name for one in declared_in("apps.yaml", GOOD)] == ["web"]
