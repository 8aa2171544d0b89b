"""The claims of a token."""

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
    ids=["requested", "from its Secret"],
)
def test_a_token_names_the_secret_that_it_belongs_to(claims: dict[str, Any]) -> None:
    issued = token(sub="system:serviceaccount:ours:reconciler", **claims)
    assert (issued.secret, issued.namespace) == ("reconciler-token-1", "ours")


@pytest.mark.parametrize("value", ["", "opaque", "a.b.c", "a.W10.c"])
def test_any_other_text_names_nothing(value: str) -> None:
    assert (Token(value).secret, Token(value).namespace) == ("", "")


def test_the_representation_does_not_contain_the_token() -> None:
    assert "head" not in repr(token(sub="x"))
