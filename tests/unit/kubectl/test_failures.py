from __future__ import annotations

import pytest

from reconciler.kubectl.failures import said


@pytest.mark.parametrize(
    ("err", "sentence"),
    [
        ("error: Metrics API not available\n", "Metrics API not available"),
        ('E1130 21:00:00.000000    1 memcache.go:265] "Unhandled"\nThe connection was refused\n', "The connection was refused"),
        ("The server m1:1 was refused - did you specify the right host or port?\n", "The server m1:1 was refused"),
        ("a\n\na\nb\n", "a; b"),
        ("", ""),
    ],
)
def test_the_sentence_that_matters(err: str, sentence: str) -> None:
    assert said(err) == sentence
