"""`run --shadow` with options that make a process write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import typer

from reconciler.cli.shadow import ShadowOptions
from reconciler.repo.options import GitOptions


@pytest.mark.parametrize(
    ("given", "option"), [("elects", "--leader-elect"), ("shards", "--sharding"), ("reverts", "--push-reverts")]
)
def test_an_option_that_writes_is_refused(given: str, option: str) -> None:
    none: dict[str, Any] = {"elects": False, "shards": False, "reverts": False}
    shadow, plain = (ShadowOptions(is_on, timedelta(hours=24)) for is_on in (True, False))
    shadow.check(GitOptions(), **none)
    plain.check(GitOptions(), **{**none, given: True})
    with pytest.raises(typer.BadParameter, match=f"leave out {option}"):
        shadow.check(GitOptions(), **{**none, given: True})
