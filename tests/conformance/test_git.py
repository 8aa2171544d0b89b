"""Addresses of repositories and names of revisions (family `git`): credentials, spellings, what a push concerns."""

from __future__ import annotations

from typing import Any

from reconciler.repo.credentials import clean_url
from reconciler.repo.followed import commit_name, is_concerned
from reconciler.repo.remote_url import parse_address
from tests.conformance.git_addresses import is_at, is_same, ssh_host
from tests.conformance.replay import cases, check


def _address(given: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    if "revision" in given:
        return {"commit": commit_name(given["revision"]).value}
    if "webURL" in given:
        return {"match": is_at(parse_address(given["repoURL"]), parse_address(given["webURL"]))}
    address = parse_address(given["url"])
    results: dict[str, Any] = {
        "ssh": address.is_ssh,
        "user": address.user,
        "sshHostPort": ssh_host(address),
        "clean": clean_url(given["url"]),
        "same": is_same(address, parse_address(given.get("other", ""))),
    }
    return {name: results[name] for name in wanted}


@cases("git", "urls")
def test_addresses(case: dict[str, Any]) -> None:
    check(case, lambda: _address(case["input"], case["expect"]), ValueError)


def says_what_was_pushed(case: dict[str, Any]) -> bool:
    """The others are events of forges, whole or in part."""
    return "pushed" in case["input"]


@cases("git", "webhooks", select=says_what_was_pushed)
def test_what_a_push_concerns(case: dict[str, Any]) -> None:
    given = case["input"]
    # The reference follows a range by the name of a branch or tag; `*` is in no such name, and ours has a prefix.
    name = given["tracked"].removeprefix("refs/tags/")
    followed = f"semver:{name}" if "*" in name else given["tracked"] or "HEAD"
    check(
        case,
        lambda: {"concerned": is_concerned(followed, given["pushed"], is_default=given["pushedIsDefaultBranch"])},
        ValueError,
    )
