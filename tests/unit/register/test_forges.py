"""The requests of `token create`, and what follows from the answers, as the documentation of each forge has them.

A real Gitea proves its part in `tests/forge/test_agent_credentials.py`.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.edit.planned_writes import WriteReport, carry_out
from reconciler.model.keys import ClusterName
from reconciler.notify.forge import connected_forge
from reconciler.notify.forge_api import ForgeAddress, ForgeKind
from reconciler.notify.http_door import RefusedError
from reconciler.register.credential import CredentialKind, CredentialRequest
from reconciler.register.request import RegisterError
from reconciler.register.token_create import TokenPlan, plan_token
from reconciler.repo.secret_folder import read_credentials
from tests.unit.notify.recorder import Recorder, recording

TODAY = date(2026, 3, 1)
GITHUB_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
GITHUB = {
    "GET /repos/org/config/keys": [{"id": 1, "title": "deploy", "key": "ssh-rsa AAA", "read_only": True}],
    "POST /repos/org/config/keys": {"id": 7, "title": "reconciler agent edge-1", "verified": True, "read_only": False},
    "GET /meta": {"verifiable_password_authentication": False, "ssh_keys": [GITHUB_KEY]},
    "GET /repos/org/config/rulesets": [],
    "POST /repos/org/config/rulesets": {"id": 42, "enforcement": "active"},
    "GET /repos/org/config": {"ssh_url": "git@github.com:org/config.git", "clone_url": "https://github.com/org/config.git"},
}
PROJECT = "/projects/org%2Fconfig"
GITLAB = {
    f"GET {PROJECT}/access_tokens": [{"id": 3, "name": "ci", "user_id": 9, "revoked": False}],
    f"POST {PROJECT}/access_tokens": {"id": 58, "user_id": 166, "token": "glpat-hush", "scopes": ["write_repository"]},
    f"GET {PROJECT}/deploy_keys": [],
    f"POST {PROJECT}/deploy_keys": {"id": 12, "title": "reconciler agent edge-1", "can_push": True},
    f"GET {PROJECT}/protected_branches": [{"id": 1, "name": "main"}],
    f"POST {PROJECT}/protected_branches": {"id": 2},
    f"GET {PROJECT}/protected_tags": [],
    f"POST {PROJECT}/protected_tags": {"name": "*"},
    f"GET {PROJECT}": {
        "ssh_url_to_repo": "git@gitlab.com:org/config.git",
        "http_url_to_repo": "https://gitlab.com/org/config.git",
    },
}


async def created(
    recorder: Recorder, forge: ForgeKind, folder: Path, kind: CredentialKind, **request: Any
) -> tuple[TokenPlan, list[WriteReport]]:
    told: list[WriteReport] = []
    async with connected_forge(ForgeAddress(forge, recorder.url, "org/config"), "admin-hush") as connected:
        plan = await plan_token(connected, CredentialRequest(ClusterName("edge-1"), kind, folder, **request), TODAY)
        await carry_out(plan.writes, told.append, dry_run=False)
    return plan, told


def changes(recorder: Recorder) -> list[tuple[str, Any]]:
    return [call for call in recorder.calls if not call[0].startswith("GET ")]


async def test_github_makes_a_deploy_key_and_rulesets_that_deploy_keys_do_not_bypass(tmp_path: Path) -> None:
    async with recording() as recorder:
        recorder.routes = dict(GITHUB)
        plan, told = await created(recorder, ForgeKind.GITHUB, tmp_path / "c", CredentialKind.DEPLOY_KEY, protect=True)
    assert {headers["authorization"] for _, headers, _ in recorder.requests} == {"Bearer admin-hush"}
    (path, key), branches, tags = changes(recorder)
    assert (path, key["read_only"]) == ("POST /repos/org/config/keys", False)
    assert key["title"].startswith("reconciler agent edge-1 ")
    assert key["key"].startswith("ssh-ed25519 ")
    assert branches[1]["conditions"]["ref_name"] == {"include": ["~ALL"], "exclude": ["refs/heads/reconciler/members/*"]}
    assert (tags[1]["target"], tags[1]["conditions"]["ref_name"]["exclude"]) == ("tag", [])
    assert {actor["actor_type"] for _, body in (branches, tags) for actor in body["bypass_actors"]} == {"RepositoryRole"}
    assert plan.url == "git@github.com:org/config.git"
    known_hosts = read_credentials(tmp_path / "c").known_hosts
    assert known_hosts == f"127.0.0.1 {GITHUB_KEY}\n".encode()
    assert "hush" not in repr(told) + repr(plan)


async def test_gitlab_makes_a_token_without_the_api_and_a_rule_that_names_its_user(tmp_path: Path) -> None:
    async with recording() as recorder:
        recorder.routes = dict(GITLAB)
        plan, told = await created(recorder, ForgeKind.GITLAB, tmp_path / "c", CredentialKind.ACCESS_TOKEN, protect=True)
    assert {headers["private-token"] for _, headers, _ in recorder.requests} == {"admin-hush"}
    assert changes(recorder) == [
        (
            f"POST {PROJECT}/access_tokens",
            {
                "name": "reconciler agent edge-1",
                "scopes": ["read_repository", "write_repository"],
                "access_level": 30,
                "expires_at": "2027-03-01",
            },
        ),
        (
            f"POST {PROJECT}/protected_branches",
            {
                "name": "reconciler/members/edge-1",
                "allowed_to_push": [{"user_id": 166}],
                "merge_access_level": 0,
                "allow_force_push": True,
            },
        ),
        (
            f"POST {PROJECT}/protected_branches",
            {"name": "*", "push_access_level": 40, "merge_access_level": 40, "allow_force_push": False},
        ),
        (f"POST {PROJECT}/protected_tags", {"name": "*", "create_access_level": 40}),
    ]
    assert (plan.url, read_credentials(tmp_path / "c").password) == ("https://gitlab.com/org/config.git", "glpat-hush")
    assert "hush" not in repr(told) + repr(plan)


async def test_gitlab_names_a_deploy_key_in_its_rule(tmp_path: Path) -> None:
    hosts = b"gitlab.com ssh-ed25519 AAAA\n"
    async with recording() as recorder:
        recorder.routes = dict(GITLAB)
        with pytest.raises(RegisterError, match="host keys") as refused:
            await created(recorder, ForgeKind.GITLAB, tmp_path / "c", CredentialKind.DEPLOY_KEY)
        assert "--known-hosts" in refused.value.remedy
        assert changes(recorder) == []
        plan, _ = await created(
            recorder, ForgeKind.GITLAB, tmp_path / "c", CredentialKind.DEPLOY_KEY, protect=True, known_hosts=hosts
        )
    (path, key), (_, own), *_ = changes(recorder)
    assert (path, key["can_push"]) == (f"POST {PROJECT}/deploy_keys", True)
    assert own["allowed_to_push"] == [{"deploy_key_id": 12}]
    assert plan.url == "git@gitlab.com:org/config.git"
    assert read_credentials(tmp_path / "c").known_hosts == hosts


async def test_one_that_exists_is_replaced_on_request_only(tmp_path: Path) -> None:
    token = {"id": 4, "name": "reconciler agent edge-1", "user_id": 9, "revoked": False}
    revoked = {**token, "id": 5, "revoked": True}
    rule = f"{PROJECT}/protected_branches/reconciler%2Fmembers%2Fedge-1"
    existing = {f"GET {PROJECT}/access_tokens": [token, revoked], f"DELETE {PROJECT}/access_tokens/4": 204}
    existing |= {
        f"GET {PROJECT}/protected_branches": [{"name": "*"}, {"name": "reconciler/members/edge-1"}],
        f"DELETE {rule}": 204,
    }
    async with recording() as recorder:
        recorder.routes = {**GITLAB, **existing, f"GET {PROJECT}/protected_tags": [{"name": "*"}]}
        with pytest.raises(RegisterError, match="already") as refused:
            await created(recorder, ForgeKind.GITLAB, tmp_path / "c", CredentialKind.ACCESS_TOKEN)
        assert "--rotate" in refused.value.remedy
        lifetime = timedelta(days=30)
        _, told = await created(
            recorder,
            ForgeKind.GITLAB,
            tmp_path / "c",
            CredentialKind.ACCESS_TOKEN,
            rotate=True,
            protect=True,
            lifetime=lifetime,
        )
    assert [path for path, _ in changes(recorder)] == [
        f"POST {PROJECT}/access_tokens",
        f"DELETE {PROJECT}/access_tokens/4",
        f"DELETE {rule}",
        f"POST {PROJECT}/protected_branches",
    ]
    assert changes(recorder)[0][1]["expires_at"] == "2026-03-31"
    assert [one.subject for one in told if one.action == "unchanged"] == ["branch rule *", "tag rule *"]


async def test_a_rule_that_the_forge_refuses_leaves_nobody_with_a_credential(tmp_path: Path) -> None:
    """`allowed_to_push` needs another edition of GitLab."""
    async with recording() as recorder:
        recorder.routes = {**GITLAB, f"POST {PROJECT}/protected_branches": 422}
        with pytest.raises(RefusedError):
            await created(recorder, ForgeKind.GITLAB, tmp_path / "c", CredentialKind.ACCESS_TOKEN, protect=True)
    assert not (tmp_path / "c").exists()


async def test_gitea_takes_the_deploy_keys_of_two_agents(tmp_path: Path) -> None:
    """Its rules cannot tell them apart, which the command says; that is no reason to refuse the second one."""
    repo, branch = "/repos/org/config", "reconciler/members/edge-2"
    closed = {"enable_push": True, "enable_push_whitelist": True, "push_whitelist_usernames": [], "enable_merge_whitelist": True}
    of_another = {**closed, "rule_name": branch, "push_whitelist_deploy_keys": True, "merge_whitelist_usernames": []}
    everything = {**closed, "rule_name": "**", "push_whitelist_deploy_keys": False, "merge_whitelist_usernames": ["admin"]}
    routes: dict[str, Any] = {
        f"GET {repo}": {"ssh_url": "git@git.example.com:org/config.git"},
        f"GET {repo}/keys": [],
        f"POST {repo}/keys": {"id": 7},
        f"GET {repo}/branch_protections": [of_another, everything],
        f"POST {repo}/branch_protections": {},
        f"GET {repo}/assignees": [{"login": "admin"}],
        f"GET {repo}/tag_protections": [{"name_pattern": "*"}],
    }
    key = {"protect": True, "known_hosts": b"git.example.com ssh-ed25519 AAAA\n"}
    async with recording() as recorder:
        recorder.routes = dict(routes)
        await created(recorder, ForgeKind.GITEA, tmp_path / "c", CredentialKind.DEPLOY_KEY, **key)
        assert changes(recorder)[-1][1]["rule_name"] == "reconciler/members/edge-1"
        for open_rule in ({**of_another, "enable_push_whitelist": False}, {**of_another, "rule_name": "release/*"}):
            recorder.routes = {**routes, f"GET {repo}/branch_protections": [open_rule, everything]}
            with pytest.raises(RegisterError, match="lets everybody push"):
                await created(recorder, ForgeKind.GITEA, tmp_path / "d", CredentialKind.DEPLOY_KEY, **key)


async def test_lists_of_many_pages_are_read_to_their_end(tmp_path: Path) -> None:
    keys = [{"id": number, "title": f"key {number}"} for number in range(120)]
    async with recording() as recorder:
        pages = [keys[:50], keys[50:100], [*keys[100:], {"id": 7, "title": "reconciler agent edge-1"}]]
        async with connected_forge(ForgeAddress(ForgeKind.GITHUB, recorder.url, "org/config"), "t") as forge:
            recorder.answers = [(200, json.dumps(page)) for page in [*pages, []]]
            assert len(await forge.every("/keys")) == 121
            recorder.answers = [(200, json.dumps(keys[start : start + 30])) for start in range(0, 150, 30)]
            assert await forge.every("/keys") == keys, "a forge that gives 30 at most"
    assert [f"page={page}&" in path for page, (path, _, _) in enumerate(recorder.requests[:4], 1)] == [True] * 4


@pytest.mark.parametrize("member", ["edge-1", "a" * 63, "edge.one.example", "x" * 20 + "." + "y" * 40])
def test_users_have_names_that_gitea_takes_and_that_differ(member: str) -> None:
    request = CredentialRequest(ClusterName(member), CredentialKind.USER, Path())
    names = {
        request.user("org/config"),
        request.user("org/other"),
        CredentialRequest(ClusterName("m"), request.kind, Path()).user("o/c"),
    }
    assert len(names) == 3
    for name in names:
        assert len(name) <= 40
        assert name.startswith("reconciler-agent-")
        assert name.replace("-", "").isalnum()
        assert "--" not in name
