"""The words of `diff --fail-on`."""

from __future__ import annotations

import pytest

from docs.reasons import REASONS as DOCUMENTED
from reconciler.model.issues import warning
from reconciler.present.fail_on import FAIL_ON_WORDS, UnknownWordError, fail_on_words, found_words
from reconciler.present.outline import effect
from reconciler.review.concerns.concerns import REASONS
from tests.support.shop import SHOP, on, policy_file, workload
from tests.unit.review.outline.test_outline import entries

HEAD = {
    **SHOP,
    "web/deployment.yaml": workload("web", 6),
    "api/policy.yaml": policy_file("api", "Deployment", on("m1")),
}


def test_the_words_that_a_change_has() -> None:
    words = fail_on_words("move, scale,removal,warning,scale-to-zero")
    assert found_words(words, entries(HEAD), ()) == ("move", "scale")
    zero = warning("ScaleToZero", "no replicas")
    assert found_words(words, (), [zero]) == ("warning", "scale-to-zero")
    assert found_words(fail_on_words("remove"), entries(HEAD), [zero]) == ()
    without = {path: text for path, text in SHOP.items() if path != "settings/config.yaml"}
    assert found_words(words, entries(without), ()) == ("remove",)


def test_no_words_fail_on_nothing() -> None:
    assert found_words(fail_on_words(""), entries(HEAD), [warning("ScaleToZero", "x")]) == ()


def test_every_effect_has_a_word() -> None:
    assert {effect(entry) for entry in entries(HEAD)} <= set(FAIL_ON_WORDS)


def test_an_unknown_word_is_answered_with_those_that_are_known() -> None:
    with pytest.raises(UnknownWordError, match=r"moves is no such word\. Did you mean move\?.*scale-to-zero"):
        fail_on_words("moves")


def test_the_reasons_are_those_of_the_program() -> None:
    assert set(REASONS) <= set(DOCUMENTED)
