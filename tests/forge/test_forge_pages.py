"""The links of the dashboard lead to pages that a real forge has."""

from __future__ import annotations

import urllib.error
import urllib.request

from reconciler.dashboard.forge_pages import pages_of
from tests.forge.pushed import Pushed


def opened(url: str) -> tuple[int, str, str]:
    """(status, the address that it ended at, text), for somebody who has not signed in."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - always loopback
            return answer.status, answer.url, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, url, ""


def test_each_link_leads_to_a_page(pushed: Pushed) -> None:
    base = pushed.clone.git("rev-parse", "HEAD")
    pushed.clone.git("switch", "--quiet", "--create", "suspend-web")
    change = pushed.push("1", "suspend-web")
    pages = pages_of(f"{pushed.forge.url}/{pushed.path}")
    assert pages is not None
    status, _, text = opened(pages.file(base, "config.yaml"))
    assert (status, "settings" in text) == (200, True)
    status, _, text = opened(pages.commit(change))
    assert (status, change[:10] in text) == (200, True)
    for target in ("main", ""):
        status, _, text = opened(pages.new_request("suspend-web", target))
        assert status == 200, target
        assert change[:10] in text, "it compares with what is on the branch"
    status, address, _ = opened(pages.edit("main", "config.yaml"))
    assert (status, "/user/login" in address) == (200, True), "the forge asks who edits"
    assert opened(pages.new_request("not-pushed", "main"))[0] == 404
