"""What a token says of itself."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from reconciler.membership.tokens import Token


def token(**claims: Any) -> Token:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return Token(f"head.{body}.signature")


@pytest.mark.parametrize(
    "claims",
    [
        {"kubernetes.io": {"secret": {"name": "reconciler-token-1"}}},
        {"kubernetes.io/serviceaccount/secret.name": "reconciler-token-1"},
    ],
    ids=["requested", "kept in its Secret"],
)
def test_a_token_names_the_secret_that_it_stands_or_falls_with(claims: dict[str, Any]) -> None:
    said = token(sub="system:serviceaccount:ours:reconciler", **claims)
    assert (said.secret, said.namespace) == ("reconciler-token-1", "ours")


@pytest.mark.parametrize("value", ["", "opaque", "a.b.c", "a.W10.c"])
def test_what_is_no_such_token_names_nothing(value: str) -> None:
    assert (Token(value).secret, Token(value).namespace) == ("", "")


def test_a_token_does_not_show_itself() -> None:
    assert "head" not in repr(token(sub="x"))
