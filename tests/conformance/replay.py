"""Replaying recorded results of the real programs, in place.

`CONFORMANCE_DIR` names the folder (default: `../shared/conformance` beside the project). Each file is a JSON list of cases; one
test per case, its id `family/file/case name`. Where the folder is absent and nobody named one, one test per family says so and
skips; anything else that is missing is an error.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(os.environ.get("CONFORMANCE_DIR") or Path(__file__).parents[3] / "shared" / "conformance")


def cases(family: str, *files: str, select: Callable[[dict[str, Any]], bool] = lambda case: True) -> pytest.MarkDecorator:
    """Parametrizes a test over the cases of a family, all files of it unless some are named.

    select: by what a case asks for, never by its name; the others are an issue of their own.
    """
    return pytest.mark.parametrize("case", list(_parameters(family, files, select)))


def _parameters(family: str, files: tuple[str, ...], select: Callable[[dict[str, Any]], bool]) -> Iterator[Any]:
    folder = ROOT / family
    if not ROOT.is_dir() and not os.environ.get("CONFORMANCE_DIR"):
        reason = f"no conformance data at {ROOT}; set CONFORMANCE_DIR to replay it"
        yield pytest.param(None, id=f"{family}/absent", marks=pytest.mark.skip(reason=reason))
        return
    missing = [path for path in (folder, *(folder / f"{file}.json" for file in files)) if not path.exists()]
    if missing:
        raise FileNotFoundError(f"no conformance data at {', '.join(map(str, missing))}")
    for path in sorted(folder.glob("*.json")):
        if files and path.stem not in files:
            continue
        for case in filter(select, json.loads(path.read_text())):
            yield pytest.param(case, id=f"{family}/{path.stem}/{case['name']}")


def check(case: dict[str, Any], run: Callable[[], Any], failure: type[Exception] | tuple[type[Exception], ...]) -> None:
    """Runs a case and compares: a value with `expect`, a raised `failure` with `expect_error`; `expect_any_of` allows several."""
    outcomes = case.get("expect_any_of") or [case]
    result, error = _outcome(run, failure)
    if error is not None:
        assert any("expect_error" in outcome for outcome in outcomes), f"{case['why']}\nunexpected error: {error!r}"
        return
    expected = [outcome["expect"] for outcome in outcomes if "expect" in outcome]
    assert any(same(result, value) for value in expected), (
        f"{case['why']}\ngot      {_shown(result)}\nexpected {' or '.join(map(_shown, expected)) or 'an error'}"
    )


def _outcome(run: Callable[[], Any], failure: type[Exception] | tuple[type[Exception], ...]) -> tuple[Any, Exception | None]:
    try:
        return run(), None
    except failure as error:
        return None, error


def same(ours: Any, theirs: Any) -> bool:
    """Equality of JSON values: `1` equals `1.0`, `true` does not equal `1`, null differs from absent."""
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, (int, float)) and isinstance(theirs, (int, float)):
        if isinstance(ours, float) or isinstance(theirs, float):
            return float(ours) == float(theirs)
        return ours == theirs
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(value, theirs[name]) for name, value in ours.items())
    if isinstance(ours, (list, tuple)) and isinstance(theirs, (list, tuple)):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return type(ours) is type(theirs) and bool(ours == theirs)


def _shown(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
