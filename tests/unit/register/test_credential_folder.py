"""The folder with a credential: only its owner reads it, it holds one credential, and it is never inside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.register.credential_folder import refuse_unfit_folder, write_folder
from reconciler.register.request import RegisterError
from reconciler.repo.secret_folder import read_credentials
from reconciler.repo.ssh_key import new_ssh_key

LOGIN = {"username": b"edge", "password": b"hush"}


def test_only_the_owner_reads_it_and_git_can_use_it(tmp_path: Path) -> None:
    folder = tmp_path / "agents" / "edge-1"
    write_folder(folder, LOGIN)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert read_credentials(folder).password == "hush"


def test_a_new_key_is_one_that_git_takes(tmp_path: Path) -> None:
    private, public = new_ssh_key("reconciler agent edge-1")
    write_folder(tmp_path, {"identity": private, "known_hosts": b"host ssh-ed25519 AAAA\n"})
    assert read_credentials(tmp_path).identity == private
    assert public.startswith("ssh-ed25519 AAAA")
    assert public.endswith(" reconciler agent edge-1")


def test_one_credential_takes_the_place_of_another(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write_folder(tmp_path, {"identity": b"old", "known_hosts": b"old"})
    write_folder(tmp_path, LOGIN)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "password", "username"]


def test_a_file_that_others_could_read_is_replaced_by_one_that_they_cannot(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("old")
    (tmp_path / "password").chmod(0o644)
    write_folder(tmp_path, LOGIN)
    assert (tmp_path / "password").stat().st_mode & 0o777 == 0o600


def test_a_folder_with_other_files_keeps_its_mode(tmp_path: Path) -> None:
    """Such as /tmp, or a home folder, which others need."""
    (tmp_path / "notes.txt").write_text("mine")
    tmp_path.chmod(0o755)
    write_folder(tmp_path, LOGIN)
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in LOGIN} == {0o600}


def test_where_it_must_not_be(tmp_path: Path) -> None:
    clone = tmp_path / "config"
    clone.mkdir()
    with pytest.raises(RegisterError, match="inside the repository"):
        refuse_unfit_folder(clone / "agents" / "edge-1", clone, rotate=False)
    (tmp_path / "file").touch()
    with pytest.raises(RegisterError, match="is no folder"):
        refuse_unfit_folder(tmp_path / "file", clone, rotate=False)
    folder = tmp_path / "config.agents" / "edge-1"
    refuse_unfit_folder(folder, clone, rotate=False)
    write_folder(folder, LOGIN)
    with pytest.raises(RegisterError, match="holds a credential already") as refused:
        refuse_unfit_folder(folder, clone, rotate=False)
    assert "--rotate" in refused.value.remedy
    refuse_unfit_folder(folder, clone, rotate=True)
