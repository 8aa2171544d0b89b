"""`run --shadow` with options that make a process write."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from reconciler.cli.shadow import refuse_writers


@pytest.mark.parametrize(
    ("given", "option"), [("elects", "--leader-elect"), ("shards", "--sharding"), ("reverts", "--push-reverts")]
)
def test_an_option_that_writes_is_refused(given: str, option: str) -> None:
    none: dict[str, Any] = {"elects": False, "shards": False, "reverts": False}
    refuse_writers(**none)
    with pytest.raises(typer.BadParameter, match=f"leave out {option}"):
        refuse_writers(**{**none, given: True})
