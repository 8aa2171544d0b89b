"""`join` and `unjoin` on real API servers: what they create, what the account may do, what happens when they stop half-way."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
import yaml

from reconciler.cluster.access import Access
from reconciler.cluster.api_client import Api
from reconciler.cluster.member_protocol import MemberError
from reconciler.edit.planned_writes import OutdatedPlanError, carry_out
from reconciler.membership.join import planned_join
from reconciler.membership.request import Admin, JoinRequest, Places
from reconciler.model.keys import ClusterName
from reconciler.repo.client import Repository
from reconciler.repo.command import GitCommand
from tests.controlplane.start import ControlPlane, running
from tests.support.crash_points import Death, Fate
from tests.support.fleet import World, cluster, config, document, policy, selector, workload
from tests.support.program import Ran, run_here

SYSTEM = "reconciler-system"
USER = f"system:serviceaccount:{SYSTEM}:reconciler"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ROLE = f"{RBAC}/clusterroles/reconciler:{SYSTEM}"
BINDING = f"{RBAC}/clusterrolebindings/reconciler:{SYSTEM}"
TEAMS = ("team-a", "team-b")
IMPERSONATION = tuple(
    f"{RBAC}/namespaces/{team}/{kind}/reconciler:{SYSTEM}:impersonate" for team in TEAMS for kind in ("rolebindings", "roles")
)
ACCOUNT = f"/api/v1/namespaces/{SYSTEM}/serviceaccounts/reconciler"
DEFAULT_ACCOUNT = "/api/v1/namespaces/kube-system/serviceaccounts/default"
SECRETS = f"/api/v1/namespaces/{SYSTEM}/secrets"
POLICIES = "policy.karmada.io/v1alpha1"
RBAC_API = "rbac.authorization.k8s.io/v1"


@pytest.fixture(scope="module")
def planes() -> Iterator[dict[str, ControlPlane]]:
    with running(["north", "host"], controllers=True) as started:
        for plane in started:
            assert comes_true(lambda plane=plane: live(plane, DEFAULT_ACCOUNT) is not None), (
                "kube-controller-manager does not run"
            )
        yield {plane.name: plane for plane in started}


@pytest.fixture(scope="module")
def bare() -> Iterator[ControlPlane]:
    """Without kube-controller-manager: no controller puts tokens into Secrets or collects garbage."""
    with running(["bare"]) as started:
        yield started[0]


@pytest.fixture
def north(planes: dict[str, ControlPlane]) -> Iterator[ControlPlane]:
    yield planes["north"]
    reset(planes["north"])


@pytest.fixture
def host(planes: dict[str, ControlPlane]) -> Iterator[ControlPlane]:
    yield planes["host"]
    reset(planes["host"])


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"namespace.yaml": document("Namespace", "shop", "")})


def reset(plane: ControlPlane) -> None:
    """Removes what `join` and the tests create in a cluster."""
    for path in (*IMPERSONATION, BINDING, ROLE, ACCOUNT, *[f"{SECRETS}/{name}" for name in secrets(plane)]):
        remove(plane, path)
    for kind in ("configmaps", "serviceaccounts"):
        remove(plane, f"/api/v1/namespaces/shop/{kind}/settings")


def remove(plane: ControlPlane, path: str) -> None:
    """The object may be gone already: the controllers delete objects, too."""
    try:
        plane.request(path, "DELETE")
    except HTTPError as error:
        if error.code != 404:
            raise


def live(plane: ControlPlane, path: str) -> Any:
    """The object at a path; None where there is none."""
    try:
        return plane.request(path)
    except HTTPError as error:
        if error.code != 404:
            raise
        return None


def secrets(plane: ControlPlane) -> list[str]:
    return [item["metadata"]["name"] for item in plane.request(SECRETS)["items"]]


def token_secrets(plane: ControlPlane) -> list[str]:
    return [name for name in secrets(plane) if name.startswith("reconciler-token-")]


def comes_true(condition: Callable[[], bool]) -> bool:
    """Whether a condition holds within half a minute."""
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def is_gone(plane: ControlPlane, *paths: str) -> bool:
    """Waits for the garbage collector, which works with a delay."""
    return comes_true(lambda: not any(live(plane, path) for path in paths))


def run(world: World, *words: str) -> Ran:
    done = world.run(*words)
    assert "eyJ" not in done.out + done.err, "a token was printed"
    return done


def join(world: World, plane: ControlPlane, *more: str, name: str = "north") -> Ran:
    return run(world, "join", name, "--kubeconfig", str(plane.kubeconfig), *more)


def joined(world: World, plane: ControlPlane, *more: str, name: str = "north") -> Ran:
    done = join(world, plane, *more, name=name)
    assert done.code == 0, done.err
    return done


def kubeconfig(world: World, name: str = "north") -> Path:
    return world.members / f"{name}.kubeconfig"


def stored_token(world: World) -> str:
    token: str = yaml.safe_load(kubeconfig(world).read_text())["users"][0]["user"]["token"]
    return token


def claims(token: str) -> Any:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def user_of(plane: ControlPlane, token: str) -> str:
    """The user of a token; empty if the server does not accept it."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    answer = plane.request("/apis/authentication.k8s.io/v1/tokenreviews", "POST", review)
    return str(answer["status"].get("user", {}).get("username", ""))


def is_revoked(plane: ControlPlane, token: str) -> bool:
    """The server accepts a revoked token for some seconds, from its cache."""
    return comes_true(lambda: not user_of(plane, token))


def may(plane: ControlPlane, **attributes: str) -> bool:
    what = "nonResourceAttributes" if "path" in attributes else "resourceAttributes"
    spec = {"user": USER, "groups": ["system:serviceaccounts"], what: attributes}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    answer = plane.request("/apis/authorization.k8s.io/v1/subjectaccessreviews", "POST", body)
    return bool(answer["status"]["allowed"])


def log(world: World) -> list[str]:
    return world.repo.git("log", "--format=%s").splitlines()


# What a fleet contains.

CRD = {
    "group": "example.com",
    "scope": "Namespaced",
    "names": {"kind": "Flag", "listKind": "FlagList", "plural": "flags", "singular": "flag"},
    "versions": [
        {
            "name": "v1",
            "served": True,
            "storage": True,
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        }
    ],
}


def everything() -> dict[str, str]:
    """Namespaced and cluster-scoped objects, a custom kind and its object, roles with verbs that the account does not have."""
    wide = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["update", "deletecollection", "impersonate"]}]
    urls = [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]
    subjects = [{"kind": "ServiceAccount", "name": "settings", "namespace": "shop"}]
    objects = {
        "settings": config("settings", key="value"),
        "account": document("ServiceAccount", "settings"),
        "web": workload("web", 1),
        "class": document("PriorityClass", "high", "", api="scheduling.k8s.io/v1", value=7),
        "crd": document("CustomResourceDefinition", "flags.example.com", "", api="apiextensions.k8s.io/v1", spec=CRD),
        "flag": document("Flag", "dark", api="example.com/v1", spec={"on": True}),
        "role": document("Role", "wide", api=RBAC_API, rules=wide),
        "cluster-role": document("ClusterRole", "wide", "", api=RBAC_API, rules=[*wide, *urls]),
        "binding": document(
            "ClusterRoleBinding",
            "wide",
            "",
            api=RBAC_API,
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            subjects=subjects,
        ),
        "role-binding": document(
            "RoleBinding",
            "wide",
            api=RBAC_API,
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "wide"},
            subjects=subjects,
        ),
    }
    kinds = [json.loads(text) for text in objects.values()]
    selectors = [{"apiVersion": kind["apiVersion"], "kind": kind["kind"], "name": kind["metadata"]["name"]} for kind in kinds]
    spec = {"resourceSelectors": selectors, "placement": {}}
    everywhere = document("ClusterPropagationPolicy", "everywhere", "", api=POLICIES, spec=spec)
    return {f"objects/{name}.yaml": text for name, text in objects.items()} | {"policy.yaml": everywhere}


OBJECTS = (
    "/api/v1/namespaces/shop/configmaps/settings",
    "/apis/apps/v1/namespaces/shop/deployments/web",
    "/apis/scheduling.k8s.io/v1/priorityclasses/high",
    "/apis/example.com/v1/namespaces/shop/flags/dark",
    f"{RBAC}/namespaces/shop/roles/wide",
    f"{RBAC}/namespaces/shop/rolebindings/wide",
    f"{RBAC}/clusterroles/wide",
    f"{RBAC}/clusterrolebindings/wide",
)


def placed(*members: str) -> dict[str, str]:
    return {
        "settings.yaml": config("settings", key="value"),
        "policy.yaml": policy("p", selector("ConfigMap", "settings"), *members),
    }


def test_the_account_is_enough_for_every_kind(world: World, north: ControlPlane) -> None:
    done = joined(
        world, north, "--label", "environment=prod", "--provider", "aws", "--region", "eu", "--zone", "a", "--zone", "b"
    )
    declared = yaml.safe_load((world.repo.path / "clusters/north.yaml").read_text())
    assert declared["metadata"] == {
        "name": "north",
        "labels": {"environment": "prod"},
        "annotations": {"reconciler.dev/kubeconfig": "north.kubeconfig"},
    }
    assert declared["spec"] == {"syncMode": "Push", "provider": "aws", "region": "eu", "zones": ["a", "b"]}
    assert kubeconfig(world).stat().st_mode & 0o777 == 0o600
    assert log(world)[0] == "Join north"
    assert world.repo.git("status", "--porcelain") == ""
    assert "a token that does not expire" in done.out

    world.commit(everything())
    synced = world.sync()
    assert (synced.code, synced.err.count("warning")) == (0, 0), synced.err
    for path in OBJECTS:
        assert live(north, path), path
    world.commit({}, "policy.yaml", *[f"objects/{name.name}" for name in (world.repo.path / "objects").iterdir()])
    assert world.sync("--allow-prune", "*").code == 0
    assert is_gone(north, *OBJECTS)


def test_the_account_has_the_documented_rights_and_no_more(world: World, north: ControlPlane) -> None:
    joined(world, north)
    assert user_of(north, stored_token(world)) == USER
    for verb in ("get", "list", "watch", "create", "patch", "delete"):
        assert may(north, verb=verb, group="any.example.com", resource="things")
    rbac = "rbac.authorization.k8s.io"
    assert all(may(north, verb=verb, group=rbac, resource="clusterroles") for verb in ("escalate", "bind"))
    assert may(north, verb="attest", group="certificates.k8s.io", resource="signers")
    assert may(north, verb="get", path="/version")
    for verb in ("update", "deletecollection", "impersonate", "escalate"):
        assert not may(north, verb=verb, resource="pods")
    assert not may(north, verb="approve", group="certificates.k8s.io", resource="signers")
    assert not may(north, verb="get", path="/metrics")


def test_a_host_cluster_stores_the_credential_in_a_secret(world: World, north: ControlPlane, host: ControlPlane) -> None:
    to_host = ("--host-kubeconfig", str(host.kubeconfig))
    impersonate = [word for team in TEAMS for word in ("--impersonate", f"{team}/deployer")]
    refused = run(world, "join", "north", "--kubeconfig", str(north.kubeconfig), *to_host, *impersonate)
    assert (refused.code, "there is no namespace team-a" in refused.err, live(north, ACCOUNT)) == (3, True, None)
    for team in TEAMS:
        north.request("/api/v1/namespaces", "POST", {"metadata": {"name": team}})
    done = joined(world, north, *to_host, *impersonate)
    assert "Secret reconciler-system/north of the host cluster" in done.out
    assert all(may(north, verb="impersonate", resource="serviceaccounts", namespace=team, name="deployer") for team in TEAMS)
    for place, resource, name in (
        ("team-a", "serviceaccounts", "other"), (SYSTEM, "serviceaccounts", "deployer"), ("", "serviceaccounts", "deployer"),
        ("", "groups", "system:serviceaccounts"), ("", "groups", "system:masters"), ("", "users", "deployer"),
    ):  # fmt: skip
        assert not may(north, verb="impersonate", resource=resource, name=name, **({"namespace": place} if place else {}))
    assert joined(world, north, *to_host, *impersonate[:2]).out.count("deleted") == 2
    assert [live(north, path) is None for path in IMPERSONATION] == [False, False, True, True]
    declared = yaml.safe_load((world.repo.path / "clusters/north.yaml").read_text())
    assert declared["spec"]["secretRef"] == {"namespace": SYSTEM, "name": "north"}
    assert declared["spec"]["apiEndpoint"] == north.url
    assert not world.members.exists()
    data = host.request(f"{SECRETS}/north")["data"]
    assert sorted(data) == ["caBundle", "endpoint", "token"]
    assert user_of(north, base64.b64decode(data["token"]).decode()) == USER

    world.commit(placed("north"))
    synced = world.sync(*to_host)
    assert (synced.code, synced.err.count("warning")) == (0, 0), synced.err
    assert live(north, OBJECTS[0])
    assert joined(world, north, *to_host).out.count("unchanged") == 6
    world.commit({}, "policy.yaml", "settings.yaml")
    world.sync("--allow-prune", "*", *to_host)

    refused = run(world, "unjoin", "north")
    assert refused.code == 3
    assert "--host-kubeconfig" in refused.err
    assert run(world, "unjoin", "north", *to_host).code == 0
    assert is_gone(north, ACCOUNT, ROLE, BINDING, *IMPERSONATION)
    assert "north" not in secrets(host)


def test_joining_twice_changes_nothing(world: World, north: ControlPlane) -> None:
    joined(world, north, "--label", "a=b")
    paths = (ACCOUNT, ROLE, BINDING, f"{SECRETS}/{token_secrets(north)[0]}", f"/api/v1/namespaces/{SYSTEM}")
    before = [north.request(path)["metadata"]["resourceVersion"] for path in paths]
    file, commits, stamp = kubeconfig(world).read_bytes(), log(world), kubeconfig(world).stat().st_mtime_ns
    done = joined(world, north, "--label", "a=b")
    assert [north.request(path)["metadata"]["resourceVersion"] for path in paths] == before
    assert (kubeconfig(world).read_bytes(), log(world), kubeconfig(world).stat().st_mtime_ns) == (file, commits, stamp)
    assert {line.split()[0] for line in done.out.splitlines()[1:-1]} == {"unchanged"}
    assert len(token_secrets(north)) == 1


def test_a_lost_or_revoked_credential_is_replaced(world: World, north: ControlPlane) -> None:
    joined(world, north)
    old = stored_token(world)
    kubeconfig(world).unlink()
    joined(world, north)
    assert stored_token(world) != old
    remove(north, f"{SECRETS}/{token_secrets(north)[0]}")
    assert is_revoked(north, stored_token(world))
    joined(world, north)
    assert user_of(north, stored_token(world)) == USER
    assert log(world).count("Join north") == 1


def test_rotation_revokes_the_old_token(world: World, north: ControlPlane) -> None:
    joined(world, north)
    old = stored_token(world)
    done = joined(world, north, "--rotate")
    assert "deleted     Secret" in done.out
    assert user_of(north, stored_token(world)) == USER
    assert is_revoked(north, old)
    assert len(token_secrets(north)) == 1


def test_a_token_may_expire(world: World, north: ControlPlane) -> None:
    done = joined(world, north, "--token-lifetime", "2h")
    issued = claims(stored_token(world))
    assert issued["exp"] - issued["iat"] == 7200
    assert "a token that expires 2" in done.out
    old = stored_token(world)
    joined(world, north, "--token-lifetime", "2h", "--rotate")
    assert is_revoked(north, old)
    assert user_of(north, stored_token(world)) == USER


def test_a_bare_api_server_issues_tokens_that_expire(world: World, bare: ControlPlane) -> None:
    done = joined(world, bare)
    assert "a token that expires" in done.out
    world.commit(placed("north"))
    assert world.sync().code == 0
    world.commit({}, "policy.yaml", "settings.yaml")
    assert world.sync("--allow-prune", "*").code == 0
    refused = run(world, "unjoin", "north")
    assert refused.code == 3
    assert "garbage collection does not run there" in refused.err
    assert (world.repo.path / "clusters/north.yaml").exists()
    assert run(world, "unjoin", "north", "--kubeconfig", str(bare.kubeconfig)).code == 0
    assert [live(bare, path) for path in (ACCOUNT, ROLE, BINDING)] == [None, None, None]
    assert token_secrets(bare) == []
    assert not kubeconfig(world).exists()


NARROW = {
    "apiVersion": RBAC_API,
    "kind": "ClusterRole",
    "metadata": {"name": "narrow"},
    "rules": [
        {"apiGroups": [""], "resources": ["configmaps", "namespaces"], "verbs": ["*"]},
        {"apiGroups": ["autoscaling"], "resources": ["horizontalpodautoscalers"], "verbs": ["get", "list", "watch"]},
    ],
}


def test_an_existing_role_is_enough_for_its_kinds(world: World, north: ControlPlane) -> None:
    refused = join(world, north, "--role", "narrow")
    assert (refused.code, "there is no ClusterRole narrow" in refused.err) == (3, True)
    north.request(f"{RBAC}/clusterroles", "POST", NARROW)
    joined(world, north, "--role", "narrow")
    assert live(north, ROLE) is None
    assert not may(north, verb="get", resource="secrets")
    world.commit(placed("north"))
    synced = world.sync()
    assert synced.code == 0, synced.err
    joined(world, north)
    assert north.request(BINDING)["roleRef"]["name"] == "narrow", "an option that is left out must not give more rights"
    refused = run(world, "unjoin", "north", "--force")
    assert refused.code == 0
    assert "may not delete clusterrolebindings" in refused.out
    assert live(north, BINDING)
    remove(north, f"{RBAC}/clusterroles/narrow")


def test_comments_and_neighbours_stay(world: World, north: ControlPlane) -> None:
    text = (
        "# Clusters.\n"
        "apiVersion: cluster.karmada.io/v1alpha1\nkind: Cluster\nmetadata:\n"
        "  name: north # the first\n"
        "  # used by policies\n"
        "  labels: {environment: dev}\n"
        "spec:\n  syncMode: Push\n"
        "  apiEndpoint: file:north # a folder\n"
        "  zone: rack-7\n"
        "  # in the basement\n"
        "  provider: onprem\n"
        "---\n# Another one.\n" + yaml.safe_dump(json.loads(cluster("south")))
    )
    world.commit({"fleet.yaml": text})
    joined(world, north, "--label", "environment=prod", "--zone", "rack-8")
    after = (world.repo.path / "fleet.yaml").read_text()
    lines = [line for line in text.splitlines() if "apiEndpoint: file:north" not in line and "zone:" not in line]
    assert [line for line in lines if line.replace("dev", "prod") not in after.splitlines()] == []
    assert "file:north" not in after
    assert yaml.safe_load(after.split("---")[0])["spec"] == {"syncMode": "Push", "provider": "onprem", "zones": ["rack-8"]}
    assert not (world.repo.path / "clusters").exists()
    assert run(world, "unjoin", "north").code == 0
    assert (world.repo.path / "fleet.yaml").read_text() == "---\n# Another one.\n" + text.split("# Another one.\n")[1]


def test_a_dry_run_writes_nothing(world: World, north: ControlPlane) -> None:
    fresh = dry_run(world, "join", "north", "--kubeconfig", str(north.kubeconfig))
    assert all(line.endswith(" (dry run)") for line in fresh.out.splitlines())
    for line in ("created     ClusterRole", "north.kubeconfig with a new token", "clusters/north.yaml", "committed   Join north"):
        assert line in fresh.out
    assert live(north, ACCOUNT) is None
    joined(world, north)
    rotated = dry_run(world, "join", "north", "--kubeconfig", str(north.kubeconfig), "--rotate", "--label", "a=b")
    assert f"deleted     Secret {SYSTEM}/{token_secrets(north)[0]}" in rotated.out
    left = dry_run(world, "unjoin", "north")
    for line in (
        "deleted     clusters/north.yaml",
        "deleted     ServiceAccount",
        "deleted     ClusterRoleBinding",
        f"left        Namespace {SYSTEM}: delete it yourself if it holds nothing else",
        "north.kubeconfig",
    ):
        assert line in left.out


def dry_run(world: World, *words: str) -> Ran:
    """Stops at the first step that would write anything."""
    with fated(Fate(0)):
        done = run(world, *words, "--dry-run")
    assert done.code == 0, done.err
    assert world.repo.git("status", "--porcelain") == ""
    return done


def join_with(world: World, plane: ControlPlane, meanwhile: Callable[[], object]) -> None:
    """A join, and something that happens between its plan and its first write."""
    places = Places(Access(member_root=world.members))
    request = JoinRequest(ClusterName("north"), Admin(plane.kubeconfig), places)

    async def run_plan() -> None:
        async with await Repository.open(str(world.repo.path)) as repository, planned_join(repository, request) as plan:
            meanwhile()
            await carry_out(plan, lambda _: None, dry_run=False)

    asyncio.run(run_plan())


FOREIGN = {"apiVersion": RBAC_API, "kind": "ClusterRole", "metadata": {"name": f"reconciler:{SYSTEM}"}, "rules": []}


def test_an_object_that_appears_after_the_plan_is_refused(world: World, north: ControlPlane) -> None:
    with pytest.raises(OutdatedPlanError, match=f"ClusterRole reconciler:{SYSTEM} changed while"):
        join_with(world, north, lambda: north.request(f"{RBAC}/clusterroles", "POST", FOREIGN))
    assert not north.request(ROLE)["rules"]
    assert log(world).count("Join north") == 0


def test_an_object_that_is_replaced_after_the_plan_is_refused(world: World, north: ControlPlane) -> None:
    joined(world, north)
    outdated = {**north.request(ROLE), "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}
    north.request(ROLE, "PUT", outdated)

    def replace() -> None:
        remove(north, ROLE)
        north.request(f"{RBAC}/clusterroles", "POST", FOREIGN)

    with pytest.raises(OutdatedPlanError, match=f"ClusterRole reconciler:{SYSTEM} changed while"):
        join_with(world, north, replace)
    assert not north.request(ROLE)["rules"]


def test_a_credential_that_appears_after_the_plan_is_refused(world: World, north: ControlPlane) -> None:
    world.members.mkdir()
    with pytest.raises(MemberError, match="and `join` did not write it"):
        join_with(world, north, lambda: kubeconfig(world).write_text("kind: Config"))
    assert kubeconfig(world).read_text() == "kind: Config"
    kubeconfig(world).unlink()
    joined(world, north)
    assert len(token_secrets(north)) == 1


def test_a_cluster_that_has_joined_otherwise_is_refused(world: World, north: ControlPlane, tmp_path: Path) -> None:
    joined(world, north)
    again = join(world, north, name="east")
    assert again.code == 3
    assert "joined already, as north" in again.err
    elsewhere = join(world, north, "--namespace", "other")
    assert "--namespace reconciler-system" in elsewhere.err
    settings = document("Configuration", "reconciler", "", api="reconciler.dev/v1alpha1", spec={"instance": "second"})
    other = World(tmp_path / "other", {"reconciler.yaml": settings, "namespace.yaml": document("Namespace", "shop", "")})
    refused = join(other, north)
    assert refused.code == 3
    assert "belongs to another reconciler, reconciler, under the name north" in refused.err
    assert not (other.repo.path / "clusters").exists()
    joined(other, north, "--namespace", "second-system")
    assert run(other, "unjoin", "north", "--kubeconfig", str(north.kubeconfig), "--namespace", "second-system").code == 0
    assert user_of(north, stored_token(world)) == USER


@pytest.mark.parametrize("synced", [True, False])
def test_a_member_becomes_another_cluster_only_on_purpose(
    world: World, north: ControlPlane, host: ControlPlane, synced: bool
) -> None:
    joined(world, north)
    if synced:  # It is then known by its id, whatever its address is.
        assert run(world, "sync").code == 0
    before = kubeconfig(world).read_text(), log(world)
    refused = join(world, host)
    assert refused.code == 3
    assert "north has joined already, and https://127.0.0.1:" in refused.err
    assert "is another cluster than the one of this name" in refused.err
    assert "add --replace" in refused.err
    assert (kubeconfig(world).read_text(), log(world), live(host, ACCOUNT)) == (*before, None)
    joined(world, host, "--replace")
    assert user_of(host, stored_token(world)) == USER


def test_objects_and_files_of_other_people_are_not_changed(world: World, north: ControlPlane) -> None:
    north.request(f"{RBAC}/clusterroles", "POST", FOREIGN)
    refused = join(world, north)
    assert (refused.code, "and `join` did not create it" in refused.err) == (3, True)
    reset(north)
    world.members.mkdir()
    kubeconfig(world).write_text("apiVersion: v1\nkind: Config\n")
    refused = join(world, north)
    assert (refused.code, "and `join` did not write it" in refused.err) == (3, True)
    assert kubeconfig(world).read_text() == "apiVersion: v1\nkind: Config\n"
    kubeconfig(world).unlink()
    world.commit({"clusters/south.yaml": config("settings")})
    refused = join(world, north, name="south")
    assert (refused.code, "declares something else" in refused.err) == (3, True)


def test_a_file_with_uncommitted_changes_is_refused(world: World, north: ControlPlane) -> None:
    world.commit({"fleet.yaml": cluster("north")})
    world.repo.write({"fleet.yaml": cluster("north", environment="dev")})
    refused = join(world, north)
    assert (refused.code, "fleet.yaml has uncommitted changes" in refused.err) == (3, True)
    assert live(north, ACCOUNT) is None
    world.repo.git("checkout", "fleet.yaml")
    joined(world, north, "--no-commit")
    assert "Join north" not in log(world)
    assert world.repo.git("status", "--porcelain") == " M fleet.yaml"
    joined(world, north)
    assert log(world)[0] == "Join north"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--label", "environment"], 2, "write KEY=VALUE"),
        (["--label", "environment=not a value"], 3, "would have an error"),
        (["--context", "nobody"], 3, "no context 'nobody'"),
        (["--token-lifetime", "soon"], 2, "is not a duration"),
        (["--member-root", "."], 3, "where credentials must not be stored"),
    ],
    ids=lambda words: words[0] if isinstance(words, list) else None,
)
def test_a_refusal_comes_before_any_change(
    world: World, north: ControlPlane, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(world.repo.path)
    refused = join(world, north, *words)
    assert (refused.code, message in " ".join(refused.err.split())) == (code, True), refused.err
    assert live(north, ACCOUNT) is None
    assert world.repo.git("status", "--porcelain") == ""


def test_a_file_that_cannot_be_read_may_declare_the_cluster(world: World, north: ControlPlane) -> None:
    world.commit({"fleet.yaml": cluster("north").replace("Push", 'Push"')})
    refused = join(world, north)
    assert (refused.code, "may be declared in a file that cannot be read (fleet.yaml)" in refused.err) == (3, True)
    assert live(north, ACCOUNT) is None


def test_a_url_has_no_work_tree(world: World, north: ControlPlane) -> None:
    bare = world.repo.bare_clone()
    for place, code, message in ((f"file://{bare}", 2, "name a clone, not a URL"), (str(bare), 3, "work tree")):
        refused = run_here("join", "north", "--kubeconfig", str(north.kubeconfig), "--repo", place)
        assert (refused.code, message in refused.err) == (code, True), refused.err


def test_a_member_that_holds_objects_stays(world: World, north: ControlPlane) -> None:
    joined(world, north)
    world.commit(placed("north"))
    assert world.sync().code == 0
    refused = run(world, "unjoin", "north")
    assert refused.code == 3
    assert "still holds objects of this reconciler: ConfigMap shop/settings" in refused.err
    assert live(north, BINDING)
    world.commit({}, "policy.yaml", "settings.yaml")
    assert world.sync("--allow-prune", "*").code == 0
    done = run(world, "unjoin", "north")
    assert done.code == 0
    assert "These objects stay in north, with the labels of this reconciler: Namespace shop" in done.err
    assert is_gone(north, ACCOUNT, ROLE, BINDING)
    assert not kubeconfig(world).exists()
    assert log(world)[0] == "Unjoin north"
    again = run(world, "unjoin", "north")
    assert (again.code, "no file declares the Cluster north" in again.out) == (0, True)


def test_force_leaves_objects_and_whatever_cannot_be_reached(world: World, north: ControlPlane) -> None:
    joined(world, north)
    world.commit(placed("north"))
    assert world.sync().code == 0
    kubeconfig(world).write_text(kubeconfig(world).read_text().replace(north.url, "https://127.0.0.1:1"))
    world.commit({}, "policy.yaml")
    refused = run(world, "unjoin", "north")
    assert refused.code == 3
    done = run(world, "unjoin", "north", "--force")
    assert done.code == 0, done.err
    assert "left        the account" in done.out
    assert "ConfigMap shop/settings" in done.err
    assert live(north, "/api/v1/namespaces/shop/configmaps/settings")
    assert live(north, BINDING)
    assert not kubeconfig(world).exists()
    assert not (world.repo.path / "clusters/north.yaml").exists()


def test_a_member_may_join_again_at_once(world: World, north: ControlPlane) -> None:
    """While the garbage collector still deletes the objects of the last membership."""
    joined(world, north)
    for _ in range(3):
        assert run(world, "unjoin", "north").code == 0
        joined(world, north)
    time.sleep(2)
    assert user_of(north, stored_token(world)) == USER
    assert may(north, verb="patch", resource="pods")
    assert world.sync().code == 0


def test_a_token_secret_that_the_controller_deletes_is_created_again(
    world: World, north: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kube-controller-manager may take it for a Secret of the ServiceAccount that was deleted a moment ago."""
    request, deleted = Api.request, []

    async def deleting(api: Api, method: str, path: str, **options: Any) -> Any:
        answer = await request(api, method, path, **options)
        if method == "PATCH" and path.startswith(f"{SECRETS}/reconciler-token-") and not deleted:
            deleted.append(path)
            remove(north, path)
        return answer

    monkeypatch.setattr(Api, "request", deleting)
    joined(world, north)
    assert len(deleted) == 1
    assert user_of(north, stored_token(world)) == USER


def test_a_directory_member_leaves_and_its_folder_stays(world: World) -> None:
    world.commit({"clusters/south.yaml": cluster("south")})
    assert world.sync().code == 0
    done = run(world, "unjoin", "south")
    assert (done.code, "left        the folder south" in done.out) == (0, True)
    assert (world.members / "south").is_dir()


@pytest.mark.parametrize("command", [("join", "--kubeconfig", "nowhere"), ("unjoin",)], ids=["join", "unjoin"])
def test_a_commit_that_would_be_on_no_branch_is_refused(world: World, command: tuple[str, ...]) -> None:
    world.commit({"clusters/south.yaml": cluster("south")})
    world.repo.git("switch", "--quiet", "--detach")
    head = world.repo.git("rev-parse", "HEAD")
    verb, *more = command
    refused = run(world, verb, "south", *more)
    assert (refused.code, refused.out) == (3, "")
    assert "HEAD is on no branch" in refused.err
    assert "git switch -c NAME" in refused.err
    assert (world.repo.git("rev-parse", "HEAD"), world.repo.git("status", "--porcelain")) == (head, "")
    uncommitted = run(world, verb, "south", *more, "--no-commit")
    assert "on no branch" not in uncommitted.err
    assert world.repo.git("rev-parse", "HEAD") == head


@pytest.mark.parametrize("remote", [False, True])
def test_a_commit_is_to_be_pushed_where_there_is_a_remote(world: World, remote: bool) -> None:
    world.commit({"clusters/south.yaml": cluster("south")})
    if remote:
        world.repo.git("remote", "add", "origin", str(world.repo.bare_clone()))
    words = " Push the commit (git push origin main)." if remote else ""
    assert run(world, "unjoin", "south", "--dry-run").out.count("Push") == 0
    assert run(world, "unjoin", "south").out.endswith(f"south is not a member any more.{words}\n")
    assert "Push" not in run(world, "unjoin", "south").out, "nothing was committed"


@pytest.mark.parametrize("hosted", [False, True], ids=["kubeconfig", "secret"])
def test_the_member_of_init_becomes_a_cluster(tmp_path: Path, north: ControlPlane, host: ControlPlane, hosted: bool) -> None:
    """As in the README: init, join, and what diff says about it."""
    world = World(tmp_path)
    assert run_here("init", str(world.repo.path)).code == 0
    world.repo.commit("Start")
    world.repo.git("remote", "add", "origin", str(world.repo.bare_clone()))
    before = world.run("validate", "-o", "json").json["issues"]
    done = joined(world, north, *(["--host-kubeconfig", str(host.kubeconfig)] if hosted else []), name="member1")
    assert "member1 has joined. Push the commit (git push origin main). The next sync applies" in done.out
    text = (world.repo.path / "clusters/member1.yaml").read_text()
    assert ("file:" not in text, "#" not in text, "environment: dev" in text) == (True, True, True)
    diff = world.run("diff", "HEAD~1", "HEAD")
    words = (
        "connect member1 to another address: what it holds is not known offline; a sync creates there what is missing of 1 object"
    )
    assert (diff.code, diff.out) == (0, f"{words}\n")
    assert world.run("diff", "HEAD~1", "HEAD", "--exit-code").code == 1
    assert world.run("diff", "HEAD~1", "HEAD", "-o", "json").json["readdressed"] == {"member1": 1}
    assert world.run("validate", "-o", "json").json["issues"] == before


# Interrupted runs.


@contextmanager
def fated(fate: Fate) -> Iterator[None]:
    """Every request that writes, every file that is written or deleted, and every commit is a step."""
    with pytest.MonkeyPatch.context() as patch:
        request, stream = Api.request, GitCommand.stream

        async def counted(api: Api, method: str, path: str, **options: Any) -> Any:
            if method != "GET" and "reviews" not in path and "dryRun" not in options.get("query", {}):
                fate.step(f"{method} {path}")
            return await request(api, method, path, **options)

        def counted_git(git: GitCommand, *arguments: str, **options: Any) -> Any:
            if arguments[0] in ("add", "commit"):
                fate.step(f"git {arguments[0]}")
            return stream(git, *arguments, **options)

        def counted_file(name: str) -> None:
            original = getattr(Path, name)

            def operation(path: Path, *arguments: Any, **options: Any) -> Any:
                if path.suffix in (".yaml", ".kubeconfig", ".reconciler-tmp"):
                    fate.step(f"{name} {path.name}")
                return original(path, *arguments, **options)

            patch.setattr(Path, name, operation)

        patch.setattr(Api, "request", counted)
        patch.setattr(GitCommand, "stream", counted_git)
        for name in ("replace", "unlink"):
            counted_file(name)
        yield


def killed_everywhere(world: World, words: list[str]) -> Iterator[str]:
    """Runs the command again and again, and stops it before its first step, its second step, and so on until it finishes. The
    test restores the world between two runs."""
    last = 0
    while (stop := killed(world, words, last)) is not None:
        yield stop
        last += 1


def killed(world: World, words: list[str], last: int) -> str | None:
    """The step before which the command stopped; None where it has fewer steps."""
    with fated(Fate(last)):
        try:
            done = world.run(*words)
        except Death as stop:
            return str(stop)
    assert done.code == 0, done.err
    return None


def test_a_join_that_was_killed_is_finished_by_the_next(world: World, north: ControlPlane) -> None:
    start = world.repo.git("rev-parse", "HEAD")
    stops = []
    for stop in killed_everywhere(world, ["join", "north", "--kubeconfig", str(north.kubeconfig)]):
        stops.append(stop)
        joined(world, north)
        assert log(world).count("Join north") == 1, stop
        assert len(token_secrets(north)) == 1, stop
        assert user_of(north, stored_token(world)) == USER, stop
        assert world.repo.git("status", "--porcelain") == "", stop
        assert [path.name for path in world.members.iterdir()] == ["north.kubeconfig"], stop
        reset(north)
        kubeconfig(world).unlink()
        world.repo.git("reset", "--hard", "--quiet", start)
    assert len(stops) > 8, stops


def test_an_unjoin_that_was_killed_is_finished_by_the_next(world: World, north: ControlPlane) -> None:
    joined(world, north)
    at = world.repo.git("rev-parse", "HEAD")
    stops = []
    for stop in killed_everywhere(world, ["unjoin", "north"]):
        stops.append(stop)
        done = run(world, "unjoin", "north")
        assert done.code == 0, f"{stop}: {done.err}"
        assert is_gone(north, ACCOUNT, ROLE, BINDING), stop
        assert not kubeconfig(world).exists(), stop
        assert log(world).count("Unjoin north") == 1, stop
        assert world.repo.git("status", "--porcelain") == "", stop
        world.repo.git("reset", "--hard", "--quiet", at)
        joined(world, north)
    assert len(stops) > 6, stops


def test_a_join_after_an_interrupted_unjoin_has_a_token_that_lasts(world: World, north: ControlPlane) -> None:
    """The interrupted run gave the token's Secret to the ClusterRoleBinding. Another role replaces that binding, so garbage
    collection deletes the Secret."""
    joined(world, north)
    secret = f"{SECRETS}/{token_secrets(north)[0]}"
    last = 0
    while live(north, secret)["metadata"].get("ownerReferences") is None:
        assert killed(world, ["unjoin", "north"], last) is not None
        last += 1
    north.request(f"{RBAC}/clusterroles", "POST", NARROW)
    joined(world, north, "--role", "narrow")
    assert is_gone(north, secret)
    assert user_of(north, stored_token(world)) == USER
    assert len(token_secrets(north)) == 1
    remove(north, f"{RBAC}/clusterroles/narrow")
