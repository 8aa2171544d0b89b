"""URLs as Go reads them; the answers are those of Go 1.26's net/url."""

from __future__ import annotations

import pytest

from reconciler.load.admission.url import Url, parse_url


@pytest.mark.parametrize(
    "text",
    [
        "https://a b", "https://h:x", "https://h%41", "https://h/%zz", "http://a:1:2", "https://[::1", "https://[1.2.3.4]",
        "https://[fe80::1%25]", "https://a[b]", "https://h\t", "https://a|b@h", ":x", "1.2.3.4:443", "https://h#%x",
    ],
)  # fmt: skip
def test_no_urls(text: str) -> None:
    assert parse_url(text) is None


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://h:443/p", Url("https", "h:443", has_user=False, query="", fragment="")),
        ("HTTPS://[fe80::1%25en0]:80?a#b", Url("https", "[fe80::1%25en0]:80", has_user=False, query="a", fragment="b")),
        ("tcp://a:1:2", Url("tcp", "a:1:2", has_user=False, query="", fragment="")),
        ("https://u:p@h?#", Url("https", "h", has_user=True, query="", fragment="")),
        ("https://é??", Url("https", "é", has_user=False, query="?", fragment="")),
        ("mailto:someone", Url("mailto", "", has_user=False, query="", fragment="")),
        ("//h/x", Url("", "h", has_user=False, query="", fragment="")),
        ("///x", Url("", "", has_user=False, query="", fragment="")),
        ("https:///x", Url("https", "", has_user=False, query="", fragment="")),
        ("host", Url("", "", has_user=False, query="", fragment="")),
    ],
)
def test_urls(text: str, url: Url) -> None:
    assert parse_url(text) == url
