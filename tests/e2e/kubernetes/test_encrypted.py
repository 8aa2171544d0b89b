"""Values that SOPS encrypted reach the members, and nothing else: 200 are searched in everything that the program makes."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.start import ControlPlane
from tests.support.canaries import (
    COUNT,
    PLAIN,
    canary,
    everything_below,
    everything_in_git,
    found,
    spellings,
    watching_processes,
)
from tests.support.daemon import agent, daemon
from tests.support.fleet import document, policy, selector
from tests.support.otlpreceiver import collecting
from tests.support.program import run_all
from tests.support.servers import ServerWorld, configuration, eventually
from tests.support.sops import AgeKey, age_key, encrypted, program


def keyed(first: int, count: int, generation: int, make: Any = str) -> dict[str, Any]:
    return {f"k{number}": make(canary(number, generation)) for number in range(first, first + count)}


def encode(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def deployment(generation: int) -> str:
    env = [{"name": f"E{number}", "value": canary(number, generation)} for number in range(160, 175)]
    container = {"name": "web", "image": "nginx", "args": [canary(number, generation) for number in range(175, 180)], "env": env}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return document("Deployment", "web", api="apps/v1", spec=spec)


def commented(generation: int) -> str:
    lines = [f"  # {canary(number, generation)}\n  k{number}: nothing" for number in range(180, 190)]
    return "apiVersion: v1\nkind: Secret\nmetadata: {name: commented, namespace: shop}\nstringData:\n" + "\n".join(lines) + "\n"


def plain_files(generation: int = 1) -> dict[str, tuple[str, str]]:
    """Path → text and the fields that are encrypted: 200 canaries in all."""
    strings = [document("Secret", f"s{one}", stringData=keyed(one * 10, 10, generation)) for one in range(10)]
    datas = [document("Secret", f"d{one}", data=keyed(100 + one * 8, 8, generation, encode)) for one in range(5)]
    nested = document(
        "ConfigMap", "nested", data={"app.ini": "\n".join(keyed(140, 10, generation).values()), **keyed(150, 10, generation)}
    )
    in_json = document("Secret", "in-json", stringData=keyed(190, 5, generation))
    values = json.dumps({"db": {"users": list(keyed(195, 5, generation).values())}})
    every = "^(data|stringData)$"
    return {
        "secrets/strings.yaml": ("---\n".join(strings), every),
        "secrets/data.yaml": ("---\n".join(datas), every),
        "nested.yaml": (nested, "^data$"),
        "web.yaml": (deployment(generation), "^(env|args)$"),
        "commented.yaml": (commented(generation), every),
        "in.json": (in_json, every),
        "charts/values.yaml": (values, ""),
    }


def sealed(world: ServerWorld, key: AgeKey, generation: int = 1) -> dict[str, str]:
    named = {path: (text.replace("shop", world.namespace), fields) for path, (text, fields) in plain_files(generation).items()}
    return {
        path: encrypted(text, key, fields=fields, form="json" if path.endswith(".json") else "yaml")
        for path, (text, fields) in named.items()
    }


def policies(world: ServerWorld, *members: str) -> dict[str, str]:
    kinds = {"Secret": "v1", "ConfigMap": "v1", "Deployment": "apps/v1", "Service": "v1"}
    made = {f"policies/{kind}.yaml": policy(kind.lower(), selector(kind, api=api), *members) for kind, api in kinds.items()}
    return {**made, "reconciler.yaml": configuration(world.namespace, exclude=["charts/**"])}


@pytest.fixture
def key(tmp_path_factory: pytest.TempPathFactory) -> AgeKey:
    return age_key(tmp_path_factory.mktemp("key") / "age.txt")


@pytest.fixture
def world(tmp_path: Path, bare_planes: list[ControlPlane]) -> ServerWorld:
    return ServerWorld(tmp_path / "world", bare_planes[:2])


def held(world: ServerWorld, name: str) -> set[str]:
    """The canaries in the objects of a member."""
    listed = [world.planes[name].request(world.path(plural)) for plural in ("secrets", "configmaps", "deployments")]
    return {
        value
        for value in PLAIN
        if any(encode(value) in json.dumps(one) or json.dumps(value)[1:-1] in json.dumps(one) for one in listed)
    }


def commands(world: ServerWorld, key: AgeKey) -> list[list[str]]:
    repo = ["--repo", str(world.repo.path), "--cache", str(world.folder / "cache")]
    members, keys = ["--member-root", str(world.members)], list(key.options)
    asked: list[list[str]] = []
    for output in ([], ["-o", "json"], ["-o", "markdown"], ["-o", "html"]):  # The members hold HEAD.
        asked.append(["diff", "HEAD", "HEAD~1", "--live", *output, *repo, *members, *keys])
        asked.append(["diff", "HEAD~1", "HEAD", *output, *repo, *keys])
    for output in ([], ["-o", "json"]):
        asked.append(["sync", "HEAD~1", "--dry-run", *output, *repo, *members, *keys])
        for given in ([], keys):
            asked += [
                ["diff", "HEAD~1", "HEAD", *output, *repo, *given],
                ["diff", "HEAD~1", "HEAD", "--live", *output, *repo, *members, *given],
                ["sync", "--dry-run", *output, *repo, *members, *given],
                ["sync", "--no-wait", *output, *repo, *members, *given],
            ]
        for question in (
            ["validate"], ["render"], ["status"], ["clusters"], ["drift", "--since", "1h"], ["explain", "secret/s1"],
            ["explain", "configmap/nested", "--cluster", "m1"], ["history", "secret/s1"],
            ["blame", "configmap/nested", "--cluster", "m1"],
        ):  # fmt: skip
            asked.append([*question, *output, *repo])
        for name in ("secret", "configmap", "deployment"):
            asked.append(["get", name, "-A", *output, *repo, *members])
        asked.append(["get", "configmap/nested", "-n", world.namespace, *output, *repo, *members])
    return asked


def test_the_search_finds_what_it_looks_for() -> None:
    value = canary(7)
    assert len(PLAIN) == 2 * COUNT
    assert all(found(b"x" + one + b"y") for one in spellings(value))
    assert found(base64.b64encode(f"ab{value}cd".encode())) == {value}
    text = "".join(text for text, _ in plain_files().values())
    assert {value for value in PLAIN if json.dumps(value)[1:-1] in text or encode(value) in text or value in text} == {
        canary(number) for number in range(COUNT)
    }


def test_nothing_is_told(tmp_path: Path, world: ServerWorld, key: AgeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = world.folder / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    world.commit({**policies(world), **sealed(world, key)})
    at = ("--repo", str(world.repo.path), "--member-root", str(world.members), *key.options)
    with watching_processes(key) as seen, collecting() as collector:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "TMPDIR": str(temporary)}
        with daemon(world.folder, *at, "--tracing", **variables) as ours:
            ours.settle()
            eventually(lambda: all(len(held(world, name)) == COUNT - 15 for name in world.planes))
            world.edit("m1", "configmaps", "nested", {"data": {"k150": "changed by hand"}})
            eventually(lambda: ours.said("drift corrected"))
            world.commit({**sealed(world, key, 2), "refused.yaml": refused(world, key)})
            eventually(lambda: all(any(PLAIN[one][1] == 2 for one in held(world, name)) for name in world.planes))
            eventually(lambda: ours.said("change failed"))
            metrics = ours.ask("/metrics")[1]
            events = json.dumps(world.planes["m1"].request(f"/apis/events.k8s.io/v1/namespaces/{world.namespace}/events"))
            assert ours.end() == 0
            assert "refused" in events
        asked = commands(world, key)
        runs = run_all(asked, TMPDIR=str(temporary))
    told = {" ".join(command[:4]): found(run.out + run.err) for command, run in zip(asked, runs, strict=True)}
    assert {command: places for command, places in told.items() if places} == {}
    back = [run.out for command, run in zip(asked, runs, strict=True) if command[:4] == ["diff", "HEAD", "HEAD~1", "--live"]]
    assert all("********" in text for text in back)
    assert all("k150" in text for text in back)
    assert [run.err for run in runs if "Traceback" in run.err] == []
    wrong = [(" ".join(command), run.code, run.err) for command, run in zip(asked, runs, strict=True) if run.code not in (0, 1)]
    assert {command.split()[0] for command, _, _ in wrong} == {"sync"}, wrong  # A member refuses one object.
    assert [found(text) for text in (metrics, events, str(collector.spans), ours.log_file.read_bytes())] == [set()] * 4
    assert collector.spans
    assert seen == {}
    assert found(everything_in_git(world.repo.path)) == set()
    assert found(everything_below(world.folder)) == set()  # The clone, its mirrors, logs and temporary files.
    assert all({PLAIN[one] for one in held(world, name)} >= {(number, 2) for number in range(180)} for name in world.planes)


def refused(world: ServerWorld, key: AgeKey) -> str:
    """An API server quotes the value."""
    service = document("Service", "refused", world.namespace, spec={"ports": [{"port": 80}], "externalIPs": [canary(0)]})
    return encrypted(service, key, fields="^externalIPs$")


@pytest.mark.parametrize("leader_has_key", [False, True])
def test_an_agent_decrypts_with_its_own_key(
    tmp_path: Path, world: ServerWorld, tmp_path_factory: pytest.TempPathFactory, leader_has_key: bool
) -> None:
    """Who decides needs no key, and the other members' key does not decrypt what is for this one."""
    keys = tmp_path_factory.mktemp("keys")
    ours, edges = age_key(keys / "ours.txt"), age_key(keys / "edge.txt")
    plane = world.planes["m2"]
    (world.members / "m2.kubeconfig").unlink()
    pulled = document("Cluster", "m2", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Pull"})
    plain = document("Secret", "keys", world.namespace, stringData={"a": "for the edge"})
    world.commit({"clusters/m2.yaml": pulled, "policy.yaml": policy("secrets", selector("Secret"), "m1", "m2")})
    world.commit({"keys.yaml": encrypted(plain, edges)})
    url = ["--repo", f"file://{world.repo.path}"]
    inside = [*url, "--cache", str(tmp_path / "inside"), "--host-kubeconfig", str(plane.kubeconfig), *edges.options]
    beside = ["--member-root", str(world.members), "--cache", str(tmp_path / "leader"), *(ours.options if leader_has_key else ())]
    with daemon(tmp_path, *url, *beside) as leader, agent(tmp_path, "m2", *inside) as edge:
        found = eventually(lambda: world.get("m2", "secrets", "keys"), seconds=60)
        assert base64.b64decode(found["data"]["a"]) == b"for the edge"
        told = eventually(lambda: leader.said("change skipped"), seconds=60)
        assert ("no key of this process decrypts it" if leader_has_key else "was given no key") in str(told)
        assert world.holders("secrets", "keys") == ["m2"]
        eventually(lambda: b"applied: true" in world.status_branch()[f"reports/{world.namespace}/Secret/keys.yaml"], seconds=60)
        assert b"for the edge" not in everything_in_git(world.repo.path)
        assert edge.end() == 0


@pytest.mark.parametrize("how", ["another key", "changed by hand", "no sops"])
def test_an_object_that_cannot_be_decrypted_stays_as_it_is(world: ServerWorld, key: AgeKey, tmp_path: Path, how: str) -> None:
    plain = document("Secret", "keys", world.namespace, stringData={"a": "before"})
    world.commit({"policy.yaml": policy("secrets", selector("Secret"), "m1"), "keys.yaml": encrypted(plain, key)})
    assert world.sync(*key.options).code == 0
    before = world.get("m1", "secrets", "keys")
    after = encrypted(plain.replace("before", "after"), key)
    other = age_key(tmp_path / "other.txt")
    options, file, reason = {
        "another key": (other.options, after, "no key of this process decrypts it; its recipients are age1"),
        "changed by hand": (
            key.options,
            after.replace("apiVersion: v1", "immutable: true\napiVersion: v1"),
            "was changed after SOPS",
        ),
        "no sops": ((*key.options[:2], "--sops", "/nowhere/sops"), after, "/nowhere/sops could not be started"),
    }[how]
    world.commit({"keys.yaml": file})
    synced = world.sync(*options)
    assert (synced.code, reason in synced.err) == (1, True), synced.err
    assert world.get("m1", "secrets", "keys") == before
    assert reason in world.run("status", "-o", "json").out
    world.commit({"keys.yaml": after})
    assert world.sync(*key.options).code == 0
    assert base64.b64decode(world.get("m1", "secrets", "keys")["data"]["a"]) == b"after"


def test_a_file_that_was_encrypted_anew_is_the_same_for_its_members(world: ServerWorld, key: AgeKey) -> None:
    plain = document("Secret", "keys", world.namespace, stringData={"a": "value"})
    world.commit({"policy.yaml": policy("secrets", selector("Secret"), "m1"), "keys.yaml": encrypted(plain, key)})
    assert world.sync(*key.options).code == 0
    before = world.get("m1", "secrets", "keys")
    world.commit({"keys.yaml": encrypted(plain, key)})
    assert (
        "No differences" in world.run("diff", "HEAD~1", "HEAD", "--live", "--member-root", str(world.members), *key.options).out
    )
    assert world.sync(*key.options).code == 0
    after = world.get("m1", "secrets", "keys")
    assert after["data"] == before["data"]
    again = world.run("sync", "-o", "json", *key.options).json
    assert again["clusters"]["m1"]["counts"]["configured"] == 0


def test_a_key_may_come_later(tmp_path: Path, world: ServerWorld, key: AgeKey, tmp_path_factory: pytest.TempPathFactory) -> None:
    """As a mounted Secret that is filled in, or rotated: without another commit."""
    given = tmp_path_factory.mktemp("mounted") / "age.txt"
    given.write_text(age_key(given.with_name("other.txt")).file.read_text())
    plain = document("Secret", "keys", world.namespace, stringData={"a": "value"})
    world.commit({"policy.yaml": policy("secrets", selector("Secret"), "m1"), "keys.yaml": encrypted(plain, key)})
    options = ("--sops-age-key-file", str(given), *key.options[2:])
    with daemon(tmp_path, "--repo", str(world.repo.path), *options) as ours:
        eventually(lambda: ours.said("change skipped"))
        given.write_text(key.file.read_text())
        eventually(lambda: world.get("m1", "secrets", "keys"), seconds=180)
        assert ours.end() == 0


def test_a_pgp_key(world: ServerWorld, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("gpg", numbered=True)
    home.chmod(0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"]
    subprocess.run([*gpg, "--quick-generate-key", "Ada <ada@example.org>", "default", "default", "never"], check=True)
    listed = subprocess.run([*gpg, "--list-keys", "--with-colons"], check=True, capture_output=True, text=True).stdout
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))
    try:
        plain = document("Secret", "keys", world.namespace, stringData={"a": "by PGP"})
        file = encrypted(plain, SOPS_PGP_FP=fingerprint, GNUPGHOME=str(home))
        world.commit({"policy.yaml": policy("secrets", selector("Secret"), "m1"), "keys.yaml": file})
        assert world.sync("--sops-gnupg-home", str(home), *program()).code == 0
        assert base64.b64decode(world.get("m1", "secrets", "keys")["data"]["a"]) == b"by PGP"
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
