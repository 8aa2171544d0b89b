"""Results on a disk: whole or not at all, private, and bounded."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from reconciler.expanding.expansion_store import ExpansionStore
from reconciler.model.expansion import ExpansionKey


def key(letter: str) -> ExpansionKey:
    return ExpansionKey(f"sha256:{letter * 64}")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_was_written_is_read_by_key_and_version(tmp_path: Path) -> None:
    store = ExpansionStore(tmp_path / "s")
    store.write(key("a"), "v1", "é\n---\n")
    assert ExpansionStore(tmp_path / "s").read(key("a"), "v1") == "é\n---\n"
    assert (store.read(key("b"), "v1"), store.read(key("a"), "v2")) == (None, None)


def test_a_damaged_file_is_as_good_as_none(tmp_path: Path) -> None:
    store = ExpansionStore(tmp_path)
    store.write(key("a"), "v1", "x: 1\n")
    (file,) = files(tmp_path)
    for content in (file.read_bytes()[:-1], b"", b"no digest", file.read_bytes() + b"y"):
        file.write_bytes(content)
        assert store.read(key("a"), "v1") is None


def test_only_this_user_reads_it(tmp_path: Path) -> None:
    store = ExpansionStore(tmp_path / "s")
    store.write(key("a"), "v1", "x")
    (file,) = files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_above_the_limit_what_was_not_used_for_the_longest_time_goes(tmp_path: Path) -> None:
    store = ExpansionStore(tmp_path, largest=400)
    for age, letter in enumerate("cab"):
        store.write(key(letter), "v1", "x" * 100)
        (file,) = [path for path in files(tmp_path) if path.name.startswith(letter)]
        os.utime(file, (1000 + age, 1000 + age))
    store.read(key("c"), "v1")
    store.clean()
    assert [path.name[0] for path in files(tmp_path)] == ["b", "c"]


def test_a_disk_that_does_not_take_it_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("a file in the way")
    store = ExpansionStore(tmp_path / "s")
    store.write(key("a"), "v1", "x")
    assert store.read(key("a"), "v1") is None
