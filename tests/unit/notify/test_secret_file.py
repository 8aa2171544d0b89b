"""Secrets from a file: read each time, several during a rotation, and errors that never show one."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.notify.secret_file import SecretError, SecretFile

SECRET = "a secret of some length"


def test_each_line_is_a_secret_and_a_rotation_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    secret = SecretFile(file)
    file.write_text(f"\n{SECRET}\r\n  second  \n\n")
    assert secret.read() == (SECRET, "second")
    file.write_text("third")
    assert secret.read() == ("third",)


def test_the_environment_is_in_place_of_a_file() -> None:
    assert SecretFile(None, f"{SECRET}\n").read() == (SECRET,)
    assert SECRET not in repr(SecretFile(None, SECRET))


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe secret", None], ids=["empty", "blank", "no text", "no file"])
def test_without_a_secret_there_is_an_error_that_names_the_file(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SecretError, match=str(file)) as refused:
        SecretFile(file).read()
    assert refused.value.remedy


def test_a_short_secret_is_refused_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\nshort-one\n")
    with pytest.raises(SecretError, match="fewer than 16 characters") as refused:
        SecretFile(file, at_least=16).read()
    assert "short-one" not in str(refused.value)
