"""`join` and `unjoin` on real API servers: what is made, what it is enough for, and what happens when it is stopped half-way."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
import yaml

from reconciler.cluster.api import Api
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
ACCOUNT = f"/api/v1/namespaces/{SYSTEM}/serviceaccounts/reconciler"
SECRETS = f"/api/v1/namespaces/{SYSTEM}/secrets"
POLICIES = "policy.karmada.io/v1alpha1"
RBAC_API = "rbac.authorization.k8s.io/v1"


@pytest.fixture(scope="module")
def planes() -> Iterator[dict[str, ControlPlane]]:
    with running(["north", "host"], controllers=True) as started:
        yield {plane.name: plane for plane in started}


@pytest.fixture(scope="module")
def bare() -> Iterator[ControlPlane]:
    """Without kube-controller-manager: nobody fills token Secrets or collects garbage."""
    with running(["bare"]) as started:
        yield started[0]


@pytest.fixture
def north(planes: dict[str, ControlPlane]) -> Iterator[ControlPlane]:
    yield planes["north"]
    forget(planes["north"])


@pytest.fixture
def host(planes: dict[str, ControlPlane]) -> Iterator[ControlPlane]:
    yield planes["host"]
    forget(planes["host"])


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"namespace.yaml": document("Namespace", "shop", "")})


def forget(plane: ControlPlane) -> None:
    """As if nobody had joined it."""
    for path in (BINDING, ROLE, ACCOUNT, *[f"{SECRETS}/{name}" for name in secrets(plane)]):
        remove(plane, path)
    for kind in ("configmaps", "serviceaccounts"):
        remove(plane, f"/api/v1/namespaces/shop/{kind}/settings")


def remove(plane: ControlPlane, path: str) -> None:
    """Whoever may have been faster: the controllers clean up, too."""
    try:
        plane.request(path, "DELETE")
    except HTTPError as error:
        if error.code != 404:
            raise


def there(plane: ControlPlane, path: str) -> Any:
    """What stands at a path; None for nothing."""
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


def is_gone(plane: ControlPlane, *paths: str) -> bool:
    """The garbage collector takes its time."""
    deadline = time.monotonic() + 30
    while any(there(plane, path) for path in paths):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


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


def kept_token(world: World) -> str:
    token: str = yaml.safe_load(kubeconfig(world).read_text())["users"][0]["user"]["token"]
    return token


def claims(token: str) -> Any:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def user_of(plane: ControlPlane, token: str) -> str:
    """Whose token the server takes it for; empty if it does not take it."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    said = plane.request("/apis/authentication.k8s.io/v1/tokenreviews", "POST", review)
    return str(said["status"].get("user", {}).get("username", ""))


def is_revoked(plane: ControlPlane, token: str) -> bool:
    """The server remembers for some seconds that it took a token."""
    deadline = time.monotonic() + 30
    while user_of(plane, token):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def may(plane: ControlPlane, **attributes: str) -> bool:
    what = "nonResourceAttributes" if "path" in attributes else "resourceAttributes"
    spec = {"user": USER, "groups": ["system:serviceaccounts"], what: attributes}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    said = plane.request("/apis/authorization.k8s.io/v1/subjectaccessreviews", "POST", body)
    return bool(said["status"]["allowed"])


def log(world: World) -> list[str]:
    return world.repo.git("log", "--format=%s").splitlines()


# What a fleet holds.

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
    """Namespaced and cluster-scoped objects, a kind of our own with its object, roles that grant what our account may not do."""
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


def test_what_join_makes_is_enough_for_every_kind(world: World, north: ControlPlane) -> None:
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
        assert there(north, path), path
    world.commit({}, "policy.yaml", *[f"objects/{name.name}" for name in (world.repo.path / "objects").iterdir()])
    assert world.sync("--allow-prune", "*").code == 0
    assert is_gone(north, *OBJECTS)


def test_the_account_may_do_what_it_must_and_no_more(world: World, north: ControlPlane) -> None:
    joined(world, north)
    assert user_of(north, kept_token(world)) == USER
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


def test_a_host_keeps_the_credential_in_a_secret(world: World, north: ControlPlane, host: ControlPlane) -> None:
    to_host = ("--host-kubeconfig", str(host.kubeconfig))
    done = joined(world, north, *to_host)
    assert "Secret reconciler-system/north of the host cluster" in done.out
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
    assert there(north, OBJECTS[0])
    assert joined(world, north, *to_host).out.count("unchanged") == 6
    world.commit({}, "policy.yaml", "settings.yaml")
    world.sync("--allow-prune", "*", *to_host)

    refused = run(world, "unjoin", "north")
    assert refused.code == 3
    assert "--host-kubeconfig" in refused.err
    assert run(world, "unjoin", "north", *to_host).code == 0
    assert is_gone(north, ACCOUNT, ROLE, BINDING)
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
    old = kept_token(world)
    kubeconfig(world).unlink()
    joined(world, north)
    assert kept_token(world) != old
    remove(north, f"{SECRETS}/{token_secrets(north)[0]}")
    assert is_revoked(north, kept_token(world))
    joined(world, north)
    assert user_of(north, kept_token(world)) == USER
    assert log(world).count("Join north") == 1


def test_rotation_revokes_the_old_token(world: World, north: ControlPlane) -> None:
    joined(world, north)
    old = kept_token(world)
    done = joined(world, north, "--rotate")
    assert "deleted     Secret" in done.out
    assert user_of(north, kept_token(world)) == USER
    assert is_revoked(north, old)
    assert len(token_secrets(north)) == 1


def test_a_token_may_expire(world: World, north: ControlPlane) -> None:
    done = joined(world, north, "--token-lifetime", "2h")
    said = claims(kept_token(world))
    assert said["exp"] - said["iat"] == 7200
    assert "a token that expires 2" in done.out
    old = kept_token(world)
    joined(world, north, "--token-lifetime", "2h", "--rotate")
    assert is_revoked(north, old)
    assert user_of(north, kept_token(world)) == USER


def test_a_bare_api_server_gives_tokens_that_expire(world: World, bare: ControlPlane) -> None:
    done = joined(world, bare)
    assert "a token that expires" in done.out
    world.commit(placed("north"))
    assert world.sync().code == 0
    world.commit({}, "policy.yaml", "settings.yaml")
    assert world.sync("--allow-prune", "*").code == 0
    refused = run(world, "unjoin", "north")
    assert refused.code == 3
    assert "nobody collects garbage" in refused.err
    assert (world.repo.path / "clusters/north.yaml").exists()
    assert run(world, "unjoin", "north", "--kubeconfig", str(bare.kubeconfig)).code == 0
    assert [there(bare, path) for path in (ACCOUNT, ROLE, BINDING)] == [None, None, None]
    assert token_secrets(bare) == []
    assert not kubeconfig(world).exists()


def test_a_role_of_ones_own_is_enough_for_its_kinds(world: World, north: ControlPlane) -> None:
    rules = [
        {"apiGroups": [""], "resources": ["configmaps", "namespaces"], "verbs": ["*"]},
        {"apiGroups": ["autoscaling"], "resources": ["horizontalpodautoscalers"], "verbs": ["get", "list", "watch"]},
    ]
    body = {"apiVersion": RBAC_API, "kind": "ClusterRole", "metadata": {"name": "narrow"}, "rules": rules}
    refused = join(world, north, "--role", "narrow")
    assert (refused.code, "there is no ClusterRole narrow" in refused.err) == (3, True)
    north.request(f"{RBAC}/clusterroles", "POST", body)
    joined(world, north, "--role", "narrow")
    assert there(north, ROLE) is None
    assert not may(north, verb="get", resource="secrets")
    world.commit(placed("north"))
    synced = world.sync()
    assert synced.code == 0, synced.err
    joined(world, north)
    assert north.request(BINDING)["roleRef"]["name"] == "narrow", "an option left out must not widen anything"
    refused = run(world, "unjoin", "north", "--force")
    assert refused.code == 0
    assert "may not delete clusterrolebindings" in refused.out
    assert there(north, BINDING)
    remove(north, f"{RBAC}/clusterroles/narrow")


def test_comments_and_neighbours_stay(world: World, north: ControlPlane) -> None:
    text = (
        "# Our clusters.\n"
        "apiVersion: cluster.karmada.io/v1alpha1\nkind: Cluster\nmetadata:\n"
        "  name: north # the first\n"
        "  # what policies look at\n"
        "  labels: {environment: dev}\n"
        "spec:\n  syncMode: Push\n"
        "  apiEndpoint: file:north # a folder\n"
        "  zone: rack-7\n"
        "  # in our own rack\n"
        "  provider: onprem\n"
        "---\n# Another one.\n" + yaml.safe_dump(json.loads(cluster("south")))
    )
    world.commit({"fleet.yaml": text})
    joined(world, north, "--label", "environment=prod", "--zone", "rack-8")
    after = (world.repo.path / "fleet.yaml").read_text()
    kept = [line for line in text.splitlines() if "apiEndpoint: file:north" not in line and "zone:" not in line]
    assert [line for line in kept if line.replace("dev", "prod") not in after.splitlines()] == []
    assert "file:north" not in after
    assert yaml.safe_load(after.split("---")[0])["spec"] == {"syncMode": "Push", "provider": "onprem", "zones": ["rack-8"]}
    assert not (world.repo.path / "clusters").exists()
    assert run(world, "unjoin", "north").code == 0
    assert (world.repo.path / "fleet.yaml").read_text() == "---\n# Another one.\n" + text.split("# Another one.\n")[1]


def test_a_dry_run_changes_nothing(world: World, north: ControlPlane) -> None:
    before = world.repo.git("log", "--format=%H")
    done = joined(world, north, "--dry-run")
    assert "created     ClusterRole" in done.out
    assert there(north, ACCOUNT) is None
    assert (world.repo.git("log", "--format=%H"), world.repo.git("status", "--porcelain")) == (before, "")
    joined(world, north)
    assert run(world, "unjoin", "north", "--dry-run").code == 0
    assert there(north, BINDING)
    assert kubeconfig(world).exists()
    assert world.repo.git("status", "--porcelain") == ""


def test_a_cluster_that_is_joined_as_something_else_is_refused(world: World, north: ControlPlane, tmp_path: Path) -> None:
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
    assert "belongs to another reconciler, reconciler, which calls it north" in refused.err
    assert not (other.repo.path / "clusters").exists()
    joined(other, north, "--namespace", "second-system")
    assert run(other, "unjoin", "north", "--kubeconfig", str(north.kubeconfig), "--namespace", "second-system").code == 0
    assert user_of(north, kept_token(world)) == USER


def test_what_join_did_not_make_is_not_touched(world: World, north: ControlPlane) -> None:
    body = {"apiVersion": RBAC_API, "kind": "ClusterRole", "metadata": {"name": f"reconciler:{SYSTEM}"}, "rules": []}
    north.request(f"{RBAC}/clusterroles", "POST", body)
    refused = join(world, north)
    assert (refused.code, "that `join` did not make" in refused.err) == (3, True)
    forget(north)
    world.members.mkdir()
    kubeconfig(world).write_text("apiVersion: v1\nkind: Config\n")
    refused = join(world, north)
    assert (refused.code, "that `join` did not write" in refused.err) == (3, True)
    assert kubeconfig(world).read_text() == "apiVersion: v1\nkind: Config\n"
    kubeconfig(world).unlink()
    world.commit({"clusters/south.yaml": config("settings")})
    refused = join(world, north, name="south")
    assert (refused.code, "declares something else" in refused.err) == (3, True)


def test_a_file_that_somebody_edits_is_left_to_them(world: World, north: ControlPlane) -> None:
    world.commit({"fleet.yaml": cluster("north")})
    world.repo.write({"fleet.yaml": cluster("north", environment="dev")})
    refused = join(world, north)
    assert (refused.code, "fleet.yaml has uncommitted changes" in refused.err) == (3, True)
    assert there(north, ACCOUNT) is None
    world.repo.git("checkout", "fleet.yaml")
    joined(world, north, "--no-commit")
    assert "Join north" not in log(world)
    assert world.repo.git("status", "--porcelain") == " M fleet.yaml"
    joined(world, north)
    assert log(world)[0] == "Join north"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--label", "environment"], 2, "write KEY=VALUE"),
        (["--label", "environment=not a value"], 3, "would not be right"),
        (["--context", "nobody"], 3, "no context 'nobody'"),
        (["--token-lifetime", "soon"], 2, "is no duration"),
        (["--member-root", "."], 3, "where no credential belongs"),
    ],
    ids=lambda words: words[0] if isinstance(words, list) else None,
)
def test_a_refusal_comes_before_any_change(
    world: World, north: ControlPlane, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(world.repo.path)
    refused = join(world, north, *words)
    assert (refused.code, said in " ".join(refused.err.split())) == (code, True), refused.err
    assert there(north, ACCOUNT) is None
    assert world.repo.git("status", "--porcelain") == ""


def test_a_file_that_cannot_be_read_may_declare_it(world: World, north: ControlPlane) -> None:
    world.commit({"fleet.yaml": cluster("north").replace("Push", 'Push"')})
    refused = join(world, north)
    assert (refused.code, "may be declared in a file that cannot be read (fleet.yaml)" in refused.err) == (3, True)
    assert there(north, ACCOUNT) is None


def test_a_url_has_no_work_tree(world: World, north: ControlPlane) -> None:
    bare = world.repo.bare_clone()
    for place, code, said in ((f"file://{bare}", 2, "name a clone, not a URL"), (str(bare), 3, "work tree")):
        refused = run_here("join", "north", "--kubeconfig", str(north.kubeconfig), "--repo", place)
        assert (refused.code, said in refused.err) == (code, True), refused.err


def test_a_member_that_holds_something_stays(world: World, north: ControlPlane) -> None:
    joined(world, north)
    world.commit(placed("north"))
    assert world.sync().code == 0
    refused = run(world, "unjoin", "north")
    assert refused.code == 3
    assert "still holds objects of ours: ConfigMap shop/settings" in refused.err
    assert there(north, BINDING)
    world.commit({}, "policy.yaml", "settings.yaml")
    assert world.sync("--allow-prune", "*").code == 0
    done = run(world, "unjoin", "north")
    assert done.code == 0
    assert "These stay in north as they are, with our marks: Namespace shop" in done.err
    assert is_gone(north, ACCOUNT, ROLE, BINDING)
    assert not kubeconfig(world).exists()
    assert log(world)[0] == "Unjoin north"
    again = run(world, "unjoin", "north")
    assert (again.code, "nobody declares the Cluster north" in again.out) == (0, True)


def test_force_leaves_what_is_held_and_what_cannot_be_reached(world: World, north: ControlPlane) -> None:
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
    assert there(north, "/api/v1/namespaces/shop/configmaps/settings")
    assert there(north, BINDING)
    assert not kubeconfig(world).exists()
    assert not (world.repo.path / "clusters/north.yaml").exists()


def test_a_member_may_come_back_at_once(world: World, north: ControlPlane) -> None:
    """While the garbage collector still takes away what the member left."""
    joined(world, north)
    for _ in range(3):
        assert run(world, "unjoin", "north").code == 0
        joined(world, north)
    time.sleep(2)
    assert user_of(north, kept_token(world)) == USER
    assert may(north, verb="patch", resource="pods")
    assert world.sync().code == 0


def test_a_directory_member_goes_without_its_folder(world: World) -> None:
    world.commit({"clusters/south.yaml": cluster("south")})
    assert world.sync().code == 0
    done = run(world, "unjoin", "south")
    assert (done.code, "left        the folder south" in done.out) == (0, True)
    assert (world.members / "south").is_dir()


# Stopped half-way.


@contextmanager
def fated(fate: Fate) -> Iterator[None]:
    """Every request that may change something, every file that comes or goes, and every commit is a step."""
    with pytest.MonkeyPatch.context() as patch:
        request, stream = Api.request, GitCommand.stream

        async def counted(api: Api, method: str, path: str, **options: Any) -> Any:
            if method != "GET" and "reviews" not in path:
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
    """The command, stopped before its first step, its second one, and so on until it comes to its end; each time in the world
    that the test has put in order meanwhile."""
    last = 0
    while (death := killed(world, words, last)) is not None:
        yield death
        last += 1


def killed(world: World, words: list[str], last: int) -> str | None:
    """At which step; None when there are not so many."""
    with fated(Fate(last)):
        try:
            done = world.run(*words)
        except Death as death:
            return str(death)
    assert done.code == 0, done.err
    return None


def test_a_join_that_was_killed_is_finished_by_the_next(world: World, north: ControlPlane) -> None:
    start = world.repo.git("rev-parse", "HEAD")
    deaths = []
    for death in killed_everywhere(world, ["join", "north", "--kubeconfig", str(north.kubeconfig)]):
        deaths.append(death)
        joined(world, north)
        assert log(world).count("Join north") == 1, death
        assert len(token_secrets(north)) == 1, death
        assert user_of(north, kept_token(world)) == USER, death
        assert world.repo.git("status", "--porcelain") == "", death
        assert [path.name for path in world.members.iterdir()] == ["north.kubeconfig"], death
        forget(north)
        kubeconfig(world).unlink()
        world.repo.git("reset", "--hard", "--quiet", start)
    assert len(deaths) > 8, deaths


def test_an_unjoin_that_was_killed_is_finished_by_the_next(world: World, north: ControlPlane) -> None:
    joined(world, north)
    at = world.repo.git("rev-parse", "HEAD")
    deaths = []
    for death in killed_everywhere(world, ["unjoin", "north"]):
        deaths.append(death)
        done = run(world, "unjoin", "north")
        assert done.code == 0, f"{death}: {done.err}"
        assert is_gone(north, ACCOUNT, ROLE, BINDING), death
        assert not kubeconfig(world).exists(), death
        assert log(world).count("Unjoin north") == 1, death
        assert world.repo.git("status", "--porcelain") == "", death
        world.repo.git("reset", "--hard", "--quiet", at)
        joined(world, north)
    assert len(deaths) > 6, deaths
