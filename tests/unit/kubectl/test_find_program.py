from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.kubectl.failures import KubectlError
from reconciler.kubectl.find_program import find_kubectl


def program(place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("#!/bin/sh\n")
    place.chmod(0o700)
    return place


def test_the_one_that_is_named_comes_first_then_path_then_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, in_path, beside = (program(tmp_path / name / "kubectl") for name in ("named", "path", "scripts"))
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(beside.parent))
    assert find_kubectl(named, search=str(in_path.parent)) == named
    assert find_kubectl(search=str(in_path.parent)) == in_path
    assert find_kubectl(search="") == beside


def test_one_that_is_named_and_not_there_is_not_replaced_by_another(tmp_path: Path) -> None:
    with pytest.raises(KubectlError, match="names no program that can be run"):
        find_kubectl(tmp_path / "none")
