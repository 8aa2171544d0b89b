"""Globs mean the same as when they are tried in every way, and take no longer for it."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.layout import matches

GLOBS = st.lists(st.sampled_from(["*", "**", "**/", "/", "a", "b", "a/", "?", "b/a"]), min_size=1, max_size=6).map("".join)
PATHS = st.text("aab/", min_size=1, max_size=9)


def tried_in_every_way(glob: str) -> re.Pattern[str]:
    parts = re.findall(r"(?:^|(?<=/))\*\*/|\*\*|\*|\?|[^*?]+", glob.strip("/"))
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts) + "(?:/.*)?", re.DOTALL)


@given(GLOBS, PATHS)
def test_a_glob_matches_what_any_choice_of_its_wildcards_matches(glob: str, path: str) -> None:
    assert matches(path, (glob,)) == bool(tried_in_every_way(glob).fullmatch(path))


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("**/" * 20 + "b", "a/" * 60 + "a"),
        ("*a" * 30 + "b", "a" * 250),
        ("**a" * 20 + "b", "a" * 2000),
        ("**/*a*a*a*a/" * 5 + "b", "aaaaaaaa/" * 200),
    ],
    ids=["folders", "stars", "across", "both"],
)
def test_many_wildcards_take_no_longer(glob: str, path: str) -> None:
    began = time.process_time()
    assert not matches(path, (glob,))
    assert time.process_time() - began < 2
