"""The folder of archives: shared, checked, and bounded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.sources.failures import SourceError
from reconciler.sources.store import Store, digest_of


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache" / "sources", 1000)


def test_what_is_put_can_be_got(store: Store) -> None:
    digest = store.put(b"archive")
    assert digest == digest_of(b"archive")
    assert store.get(digest) == b"archive"
    assert store.get(digest_of(b"other")) is None
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in store.folder.iterdir()] == [0o600]


def test_nothing_is_there_before_the_first(store: Store) -> None:
    assert store.get(digest_of(b"x")) is None


def test_what_somebody_changed_is_removed(store: Store) -> None:
    digest = store.put(b"archive")
    (file,) = store.folder.iterdir()
    file.write_bytes(b"evil")
    assert store.get(digest) is None
    assert list(store.folder.iterdir()) == []


def test_the_one_that_was_not_used_for_the_longest_time_goes_first(store: Store) -> None:
    first, second = store.put(b"a" * 400), store.put(b"b" * 400)
    for age, digest in ((200, first), (100, second)):
        path = store.folder / digest.removeprefix("sha256:")
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    assert store.get(first) is not None  # It is now the one that was used last.
    third = store.put(b"c" * 400)
    assert [store.get(digest) is not None for digest in (first, second, third)] == [True, False, True]


def test_one_that_is_larger_than_the_limit_is_kept_alone(store: Store) -> None:
    small = store.put(b"small")
    large = store.put(b"x" * 5000)
    assert store.get(large) is not None
    assert store.get(small) is None


def test_what_a_killed_process_left_goes_after_a_while(store: Store) -> None:
    store.put(b"a")
    abandoned, recent = store.folder / ".unfinished-old", store.folder / ".unfinished-new"
    for path in (abandoned, recent):
        path.write_bytes(b"half")
    os.utime(abandoned, (0, 0))
    store.put(b"b")
    assert not abandoned.exists()
    assert recent.exists()


def test_a_folder_that_others_can_read_is_refused(store: Store) -> None:
    store.put(b"a")
    store.folder.chmod(0o755)
    for use in (lambda: store.get(digest_of(b"a")), lambda: store.put(b"b")):
        with pytest.raises(SourceError, match="others may read or write the folder") as caught:
            use()
        assert f"chmod 700 {store.folder}" in caught.value.remedy


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "sources").write_text("")
    with pytest.raises(SourceError, match="the folder for sources cannot be used: File exists"):
        Store(tmp_path / "sources", 1000).put(b"a")


_WRITER = """
import sys
from pathlib import Path
from reconciler.sources.store import Store, digest_of
store = Store(Path(sys.argv[1]), 40_000)
for number in range(60):
    content = bytes([number]) * 3000
    store.put(content)
    got = store.get(digest_of(content))
    assert got is None or got == content
"""


def test_two_processes_at_once(store: Store) -> None:
    command = [sys.executable, "-c", _WRITER, str(store.folder)]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [writer.communicate()[1] for writer in writers] == ["", ""]
    files = list(store.folder.iterdir())
    assert [path for path in files if path.name.startswith(".")] == []
    assert sum(path.stat().st_size for path in files) <= 43_000
    assert [path for path in files if digest_of(path.read_bytes()) != f"sha256:{path.name}"] == []
