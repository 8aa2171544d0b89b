from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.jail import folder
from reconciler.jail.failures import InputError
from reconciler.jail.program import Limits

REFUSED = ["", "/a", "../a", "a/../b", "a/..", "./a", "a//b", "a/", "a\0b", "x" * 256, "/".join(["d"] * 101)]


@pytest.mark.parametrize("name", REFUSED)
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(InputError) as raised:
        folder.check_names({name: b"", "good": b""}, Limits())
    assert "\0" not in raised.value.message
    assert raised.value.remedy


def test_a_file_that_is_a_folder() -> None:
    with pytest.raises(InputError, match="a/b: is a file, and a folder"):
        folder.check_names({"a/b": b"", "a/b/c": b""}, Limits())


def test_sizes_and_numbers() -> None:
    folder.check_names({"a": b"123", "b": b"45"}, Limits(input=5, files=2))
    with pytest.raises(InputError, match="b: is too large"):
        folder.check_names({"a": b"123", "b": b"45"}, Limits(input=4))
    with pytest.raises(InputError, match="b: is one file too many: at most 1"):
        folder.check_names({"a": b"", "b": b""}, Limits(files=1))


@given(st.dictionaries(st.text(alphabet="ab./\0 é", max_size=12), st.binary(max_size=5), max_size=5))
def test_what_is_not_refused_is_written_inside(files: dict[str, bytes]) -> None:
    try:
        folder.check_names(files, Limits())
    except InputError:
        return
    private = folder.create()
    try:
        folder.write(files, private.path)
        top = private.path / "files"
        found = {path.relative_to(top).as_posix(): path.read_bytes() for path in top.rglob("*") if path.is_file()}
        assert found == files
    finally:
        private.remove()
    assert not private.path.exists()


def test_nobody_else_can_open_it() -> None:
    private = folder.create()
    try:
        assert private.path.stat().st_mode & 0o777 == 0o700
        assert private.path.stat().st_uid == os.geteuid()
        folder.write({"a/b": b"x"}, private.path)
        assert (private.path / "files" / "a" / "b").stat().st_mode & 0o777 == 0o400
    finally:
        private.remove()


@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_what_is_no_file_is_refused(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    place = tmp_path / "a" / "x"
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(tmp_path if kind == "link" else "missing")
    with pytest.raises(InputError, match=r"a/x: is (a link|neither)"):
        folder.check_folder(tmp_path, Limits())


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        folder.check_folder(tmp_path / "x", Limits())


def test_a_run_that_goes_on_keeps_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_PREFIX", f"reconciler-jail-unit-{os.getpid()}-")
    private, abandoned = folder.create(), folder.create()
    os.close(abandoned.lock)
    folder.remove_abandoned()
    assert private.path.exists()
    assert not abandoned.path.exists()
    private.remove()
