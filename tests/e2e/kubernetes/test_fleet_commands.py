"""Commands over the fleet: the real kubectl, real API servers with Pods that kwok plays, and one member that does not answer."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.start import PLAYED, PLAYED_TOO, ControlPlane
from tests.support.fleet import config, document, placed, workload
from tests.support.program import PROGRAM, Ran, clean_environment, popen, run_here
from tests.support.servers import ServerWorld, eventually, member

KUBECTL = Path(sys.executable).with_name("kubectl")
TIME = "2026-01-01T00:00:00.000000000Z"
HOSTILE = "\x1b[2J\x1b]0;owned\x07 \x1b[31mred\x1b[0m \u202eevil"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, planes: list[ControlPlane]) -> ServerWorld:
    """`web` on m1 and m2, `solo` on m3, and a member whose server is gone."""
    for plane in planes:
        plane.logs.write_text("".join(f"{TIME} stdout F {plane.name} says {word}\n" for word in ("one", HOSTILE, "three")))
        plane.previous_logs.write_text(f"{TIME} stdout F {plane.name} crashed\n")
    world = ServerWorld(tmp_path_factory.mktemp("fleet"), planes, named=PLAYED)
    solo = {path: text.replace('"replicas": 2', '"replicas": 1') for path, text in placed("solo", "m3").items()}
    web = placed("web", "m1", "m2")
    web["apps/web/workload.yaml"] = web["apps/web/workload.yaml"].replace(
        '"name": "web",', '"name": "web", "labels": {"app": "web"},', 1
    )
    world.commit({**web, **solo})
    ran = world.sync()
    assert ran.code == 0, ran.err
    dead = json.loads(planes[0].kubeconfig.read_text())
    dead["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (world.members / "dead.kubeconfig").write_text(json.dumps(dead))
    world.commit({"clusters/dead.yaml": member("dead"), "clusters/folder.yaml": folder()})
    return world


@pytest.fixture(scope="module")
def elsewhere(world: ServerWorld) -> Iterator[ServerWorld]:
    """Another `solo` on m3, in a namespace of its own."""
    plane = world.planes["m3"]
    plane.request("/api/v1/namespaces", "POST", {"metadata": {"name": PLAYED_TOO}})
    there = json.loads(workload("solo", 1).replace('"shop"', f'"{PLAYED_TOO}"'))
    plane.request(f"/apis/apps/v1/namespaces/{PLAYED_TOO}/deployments", "POST", there)
    eventually(lambda: [pod for pod in pods_elsewhere(world) if pod["status"]["phase"] == "Running"])
    yield world
    plane.request(f"/api/v1/namespaces/{PLAYED_TOO}", "DELETE")


def pods_elsewhere(world: ServerWorld) -> list[dict[str, Any]]:
    return list(world.planes["m3"].request(f"/api/v1/namespaces/{PLAYED_TOO}/pods")["items"])


def folder() -> str:
    spec = {"syncMode": "Push", "apiEndpoint": "file:folder"}
    return document("Cluster", "folder", "", api="cluster.karmada.io/v1alpha1", spec=spec)


def ask(world: ServerWorld, verb: str, *arguments: str) -> Ran:
    """In the namespace of the world, with the kubectl of the test environment."""
    options = ["-n", PLAYED] if verb != "api-resources" else []
    return run_here(verb, *options, "--repo", str(world.repo.path), *with_kubectl(verb), *arguments)


def pods(world: ServerWorld, name: str) -> list[str]:
    return sorted(pod["metadata"]["name"] for pod in world.planes[name].request(world.path("pods"))["items"])


def command_of(world: ServerWorld, verb: str, *arguments: str) -> list[str]:
    return [*PROGRAM, verb, "-n", PLAYED, "--repo", str(world.repo.path), *with_kubectl(verb), *arguments]


def with_kubectl(verb: str) -> list[str]:
    return [] if verb == "get" else ["--kubectl", str(KUBECTL)]


@contextmanager
def started(world: ServerWorld, verb: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The program as a process of its own, whose lines are read while it runs."""
    with popen(
        command_of(world, verb, *arguments),
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_member_that_does_not_answer_is_named_below_and_in_the_exit_code(world: ServerWorld) -> None:
    for command in (["describe", "deploy/web"], ["logs", "deploy/web"], ["events"], ["api-resources"]):
        ran = ask(world, *command)
        assert ran.code == 3, (command, ran.err)
        assert ran.err.startswith("dead does not answer"), (command, ran.err)


def test_describe_is_kubectls_on_each_member_that_has_the_object(world: ServerWorld) -> None:
    ran = ask(world, "describe", "deploy", "web", "--cluster", "m1", "--cluster", "m2", "--cluster", "m3")
    assert (ran.code, ran.err) == (0, "")
    assert [line for line in ran.out.splitlines() if line.startswith("==>")] == ["==> m1 <==", "==> m2 <=="]
    assert ran.out.count("StrategyType:") == 2
    missing = ask(world, "describe", "deploy/none", "--cluster", "m1")
    assert (missing.code, missing.err) == (1, f"Error: Deployment.apps {PLAYED}/none is on none of the members\n")
    unknown = ask(world, "describe", "deploy/none", "--cluster", "m1", "--cluster", "dead")
    assert (unknown.code, unknown.err.splitlines()[0]) == (
        3,
        f"Error: Deployment.apps {PLAYED}/none is on none of the members that answered",
    )


def test_events_say_nothing_of_a_member_that_does_not_answer(world: ServerWorld) -> None:
    ran = ask(world, "events", "--cluster", "dead")
    assert (ran.code, ran.err.splitlines()[0]) == (3, f"No Events found in {PLAYED} namespace on the members that answered.")


def test_describe_takes_labels_and_shows_no_secret(world: ServerWorld) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"password": "hunter2"}}
    world.planes["m1"].request(world.path("secrets"), "POST", secret)
    ran = ask(world, "describe", "secrets", "--cluster", "m1")
    assert "password:  7 bytes" in ran.out
    assert "hunter2" not in ran.out
    assert ask(world, "describe", "pods", "-l", "app=web", "--cluster", "m1").out.count("Containers:") == 2


def test_logs_of_a_workload_have_the_member_and_the_pod_before_each_line(world: ServerWorld) -> None:
    ran = ask(world, "logs", "deploy/web", "--cluster", "m1", "--cluster", "m2")
    assert (ran.code, ran.err) == (0, "")
    expected = []
    for name in ("m1", "m2"):
        for pod in pods(world, name):
            shown = r"\x1b[2J\x1b]0;owned\x07 red \u202eevil"
            expected += [f"{name} {pod} | {name} says {word}" for word in ("one", shown, "three")]
    assert sorted(ran.out.splitlines()) == sorted(expected)
    assert [line[:2] for line in ran.out.splitlines()] == ["m1"] * 6 + ["m2"] * 6, "without -f, those of a member stand together"


def test_logs_are_chosen_as_by_kubectl(world: ServerWorld) -> None:
    (pod,) = pods(world, "m3")
    assert ask(world, "logs", pod, "--previous", "--cluster", "m3").out == f"m3 {pod} | m3 crashed\n"
    tail = ask(world, "logs", "-l", "app in (web, solo)", "--tail", "1", "--all-containers", "--cluster", "m3", "--cluster", "m1")
    assert sorted(tail.out.splitlines()) == sorted(
        [f"m3 {pod} solo | m3 says three", *[f"m1 {name} web | m1 says three" for name in pods(world, "m1")]]
    )
    assert ask(world, "logs", pod, "--tail", "1", "--no-prefix", "--cluster", "m3").out == "m3 says three\n"


def test_logs_of_all_namespaces_have_the_namespace_before_the_pod(elsewhere: ServerWorld) -> None:
    (here,), (there,) = pods(elsewhere, "m3"), [pod["metadata"]["name"] for pod in pods_elsewhere(elsewhere)]
    expected = f"m3 {PLAYED}/{here} | m3 says three\nm3 {PLAYED_TOO}/{there} | m3 says three\n"
    for target in (["-l", "app=solo"], ["deploy/solo"]):
        ran = ask(elsewhere, "logs", "-A", *target, "--tail", "1", "--cluster", "m3")
        assert (ran.code, ran.out, ran.err) == (0, expected, "")
    assert ask(elsewhere, "logs", "-A", there, "--tail", "1", "--cluster", "m3").out == expected.splitlines(keepends=True)[1]
    gone = ask(elsewhere, "logs", "-A", "-l", "app=gone", "--cluster", "m3")
    assert (gone.code, gone.err) == (1, "No member that answered has Pods of app=gone in any namespace.\n")


def test_logs_that_are_not_there_are_told(world: ServerWorld) -> None:
    gone = ask(world, "logs", "gone", "--cluster", "m1")
    assert (gone.code, gone.err) == (1, f"No member that answered has Pods of gone in {PLAYED}.\n")
    strange = ask(world, "logs", "-l", "app=web", "-c", "sidecar", "--cluster", "m1", "--cluster", "m2")
    assert strange.code == 3
    assert re.match(r"m1: .*container sidecar is not valid for pod web-", strange.err), strange.err
    many = ask(world, "logs", "-l", "app=web", "--max-pods", "3", "--cluster", "m1", "--cluster", "m2")
    assert many.code == 2
    assert "4 Pods on m1, m2 would be read, and 3 are allowed." in " ".join(many.err.split())


def test_following_many_pods_tears_no_line_and_ctrl_c_ends_everything(world: ServerWorld) -> None:
    with started(world, "logs", "-l", "app in (web,solo)", "-f", "--tail", "0") as process:
        assert process.stdout
        assert process.stderr
        assert process.stderr.readline().startswith("dead does not answer"), (
            "what is missing is told at once: the end may never come"
        )
        children = eventually(lambda: kubectls(process.pid) if len(kubectls(process.pid)) == 3 else None)
        assert children
        time.sleep(1)  # kubectl has started; whether it follows already shows in nothing but its lines
        line = "x" * 3000
        for number in range(50):
            for plane in world.planes.values():
                with plane.logs.open("a") as log:
                    log.write(f"{TIME} stdout F {number} {line}\n")
        seen = [process.stdout.readline() for _ in range(5 * 50)]
        whole = re.compile(rf"(m[123]) (web|solo)-\w+-\w+ \| \d+ {line}\n")
        assert all(whole.fullmatch(one) for one in seen), next(one for one in seen if not whole.fullmatch(one))
        assert {one[:2] for one in seen} == {"m1", "m2", "m3"}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 3
        assert process.stderr.read() == ""
        assert [pid for pid in children if Path(f"/proc/{pid}/cmdline").exists()] == []
    for plane in world.planes.values():
        plane.logs.write_text("".join(plane.logs.read_text().splitlines(keepends=True)[:3]))


def test_following_goes_on_with_pods_that_start_later(elsewhere: ServerWorld) -> None:
    """Also where one has been deleted, and its successor has another name."""
    world = elsewhere
    with started(world, "logs", "-A", "-l", "app=solo", "-f", "--tail", "0", "--cluster", "m3") as process:
        assert process.stdout
        (first,) = pods(world, "m3")
        eventually(lambda: kubectls(process.pid))
        world.planes["m3"].request(f"{world.path('pods')}/{first}", "DELETE")
        (second,) = eventually(lambda: [pod for pod in pods(world, "m3") if pod != first], seconds=120)
        said = ""
        while f"m3 {PLAYED}/{second} | m3 says one" not in said:
            line = process.stdout.readline()
            assert line
            said += line
        process.send_signal(signal.SIGINT)
        process.wait(20)


def kubectls(parent: int) -> list[int]:
    """The processes of kubectl below a process."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in children if "kubectl" in Path(f"/proc/{pid}/cmdline").read_text()]


def test_the_credential_is_on_no_command_line_in_no_environment_and_on_no_disk(world: ServerWorld) -> None:
    with started(world, "logs", "-l", "app=solo", "-f", "--cluster", "m3") as process:
        assert process.stdout
        process.stdout.readline()
        (child,) = kubectls(process.pid)
        token = world.planes["m3"].token.encode()
        environment = Path(f"/proc/{child}/environ").read_bytes()
        assert token not in Path(f"/proc/{child}/cmdline").read_bytes()
        assert token not in environment
        names = {entry.partition(b"=")[0].decode() for entry in environment.split(b"\0") if entry}
        assert names <= {
            "HOME",
            "KUBECACHEDIR",
            "KUBERC",
            "PATH",
            "TERM",
            "TZ",
            "LANG",
            "LC_ALL",
            "SSL_CERT_FILE",
            "SSL_CERT_DIR",
        }
        files = [entry.readlink() for entry in Path(f"/proc/{child}/fd").iterdir()]
        assert any("memfd:kubeconfig" in str(file) for file in files)
        assert [file for file in files if file.is_file() and not file.is_relative_to("/sys")] == []
        process.terminate()
        assert process.wait(20) == 0, "SIGTERM ends it as Ctrl-C does"
        assert not Path(f"/proc/{child}/cmdline").exists()


def test_exec_becomes_the_command_on_the_one_member(world: ServerWorld) -> None:
    with started(world, "exec", "deploy/solo", "--", "sh", "-c", "echo on $MEMBER") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "on m3\n"), err
    assert err.splitlines()[0].startswith("dead does not answer")
    assert err.splitlines()[1] == "deploy/solo is on m3."
    (pod,) = pods(world, "m3")
    with started(world, "exec", "-l", "app=solo", "--cluster", "m3", "--", "sh", "-c", "echo on $MEMBER") as process:
        assert process.communicate(timeout=60) == ("on m3\n", f"pod/{pod} is on m3.\n")
    several = ask(world, "port-forward", "-l", "app=web", "8080:80")
    assert several.code == 2
    assert "a running Pod with app=web is on m1, m2, and this command needs one member." in " ".join(several.err.split())
    several = ask(world, "exec", "deploy/web", "--", "true")
    assert several.code == 2
    assert "deploy/web is on m1, m2, and this command needs one member. Choose it, for example by --cluster m1." in " ".join(
        several.err.split()
    )
    nowhere = ask(world, "exec", "--cluster", "m1", "deploy/none", "--", "true")
    assert (nowhere.code, nowhere.err.splitlines()[0]) == (1, "Error: deploy/none is on none of the members")
    assert ask(world, "exec", "deploy/none", "--", "true").code == 3, "it may be on the one that does not answer"


def test_a_shell_has_the_terminal(world: ServerWorld) -> None:
    ours, theirs = pty.openpty()
    command = command_of(world, "exec", "-it", "deploy/solo", "--cluster", "m3", "--", "sh")
    with popen(command, env=clean_environment(TERM="xterm"), stdin=theirs, stdout=theirs, stderr=theirs) as shell:
        os.close(theirs)
        os.write(ours, b"test -t 0 && echo terminal on $MEMBER\n")
        seen = b""
        while b"terminal on m3" not in seen:
            seen += os.read(ours, 4096)
        os.write(ours, b"exit\n")
        assert shell.wait(30) == 0
    os.close(ours)


def test_a_forwarded_port_leads_to_the_pod(world: ServerWorld) -> None:
    plane = world.planes["m3"]
    with started(world, "port-forward", "-l", "app=solo", ":6443", "--cluster", "m3", "--address", "127.0.0.1") as process:
        assert process.stdout
        found = re.match(r"Forwarding from 127\.0\.0\.1:(\d+) -> 6443", process.stdout.readline())
        assert found
        request = urllib.request.Request(
            f"https://127.0.0.1:{found[1]}/version", headers={"Authorization": f"Bearer {plane.token}"}
        )
        with urllib.request.urlopen(request, context=plane.tls(), timeout=30) as answer:  # noqa: S310 - our own
            assert json.load(answer)["gitVersion"].startswith("v1.")


METRICS = "metrics.k8s.io"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture(scope="module")
def measured(world: ServerWorld) -> Iterator[ServerWorld]:
    """m1 and m3 serve what metrics-server would: kubectl reads stored objects of the same kinds."""
    for name, cpu in (("m1", "250m"), ("m3", "1500m")):
        plane = world.planes[name]
        for plural, kind, scope in (("nodes", "NodeMetrics", "Cluster"), ("pods", "PodMetrics", "Namespaced")):
            names = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}
            schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
            version = {"name": "v1beta1", "served": True, "storage": True, "schema": schema}
            definition: dict[str, Any] = {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {
                    "name": f"{plural}.{METRICS}",
                    "annotations": {"api-approved.kubernetes.io": "unapproved, for tests"},
                },
                "spec": {"group": METRICS, "scope": scope, "names": names, "versions": [version]},
            }
            plane.request(DEFINITIONS, "POST", definition)
        usage = {"cpu": cpu, "memory": "64Mi"}
        stamp = {"timestamp": "2026-01-01T00:00:00Z", "window": "30s"}
        node = {
            "apiVersion": f"{METRICS}/v1beta1",
            "kind": "NodeMetrics",
            "metadata": {"name": "node-0"},
            "usage": usage,
            **stamp,
        }
        root = f"/apis/{METRICS}/v1beta1"
        eventually(partial(serves_metrics, plane))
        plane.request(f"{root}/nodes", "POST", node)
        for pod in pods(world, name):
            metrics = {
                "apiVersion": f"{METRICS}/v1beta1",
                "kind": "PodMetrics",
                "metadata": {"name": pod, "namespace": PLAYED, "labels": {"app": pod.partition("-")[0]}},
                "containers": [{"name": "a", "usage": usage}],
                **stamp,
            }
            plane.request(f"{root}/namespaces/{PLAYED}/pods", "POST", metrics)
    yield world
    for name in ("m1", "m3"):
        for plural in ("nodes", "pods"):
            world.planes[name].request(f"{DEFINITIONS}/{plural}.{METRICS}", "DELETE")


def serves_metrics(plane: ControlPlane) -> bool:
    root = f"/apis/{METRICS}/v1beta1"
    try:
        plane.request(f"{root}/nodes")
        plane.request(f"{root}/namespaces/{PLAYED}/pods")
    except urllib.error.HTTPError as error:
        error.close()
        return False
    return True


def test_top_is_one_table_with_what_uses_most_first(measured: ServerWorld) -> None:
    ran = ask(measured, "top", "pods", "--sort-by", "cpu", "--cluster", "m1", "--cluster", "m3")
    assert (ran.code, ran.err) == (0, "")
    rows = [line.split() for line in ran.out.splitlines()]
    assert rows[0] == ["CLUSTER", "NAME", "CPU(cores)", "MEMORY(bytes)"]
    assert [row[0] for row in rows[1:]] == ["m3", "m1", "m1"]
    assert [row[2] for row in rows[1:]] == ["1500m", "250m", "250m"]
    nodes = ask(measured, "top", "nodes", "-o", "json")
    assert nodes.code == 3
    assert {item["cluster"]: item["cpu"] for item in nodes.json["items"] if item["name"] == "node-0"} == {
        "m1": "250m",
        "m3": "1500m",
    }
    assert nodes.json["unanswered"]["m2"] == "Metrics API not available"
    assert set(nodes.json["unanswered"]) == {"dead", "m2"}


def happened(world: ServerWorld, name: str, about: str, message: str, **fields: Any) -> None:
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": "test-", "namespace": PLAYED},
        "involvedObject": {"kind": "Pod", "namespace": PLAYED, "name": about},
        "type": "Warning",
        "message": message,
        "lastTimestamp": "2026-01-01T00:00:00Z",
        **fields,
    }
    world.planes[name].request(f"/api/v1/namespaces/{PLAYED}/events", "POST", event)


def test_events_of_all_members_are_folded_by_cause(world: ServerWorld) -> None:
    for name in ("m1", "m2"):
        for pod in pods(world, name):
            happened(world, name, pod, f"cannot pull for {pod}", reason="Pulling", count=4)
    happened(world, "m3", "solo", f"hostile {HOSTILE}", reason="Hostile", lastTimestamp="2026-01-02T00:00:00Z")
    ran = ask(world, "events", "--types", "warning")
    assert ran.code == 3
    lines = [re.split(r" {2,}", line) for line in ran.out.splitlines()]
    assert lines[0] == ["CLUSTERS", "LAST SEEN", "TYPE", "REASON", "COUNT", "OBJECT", "MESSAGE"]
    (pulling,) = [line for line in lines if "Pulling" in line]
    assert (pulling[0], pulling[4], pulling[6]) == ("m1,m2", "16", "cannot pull for …")
    assert pulling[5].endswith(" and 3 more")
    assert "\x1b" not in ran.out
    document = ask(world, "events", "--for", "pod/solo", "-o", "json").json
    (cause,) = document["items"]
    assert (cause["reason"], cause["count"], cause["last"]) == ("Hostile", 1, "2026-01-02T00:00:00Z")
    assert list(document["unanswered"]) == ["dead"]
    labelled = ask(world, "events", "-l", "app=web", "-o", "json").json["items"]
    objects = {(one["object"]["kind"], one["object"]["name"].split("-")[0]) for cause in labelled for one in cause["events"]}
    assert objects == {("Deployment", "web"), ("ReplicaSet", "web"), ("Pod", "web")}
    none = ask(world, "events", "-l", "app=gone", "--cluster", "m1")
    assert (none.code, none.err) == (0, f"No Events found in {PLAYED} namespace about objects with app=gone.\n")


def test_new_events_are_shown_as_they_come(world: ServerWorld) -> None:
    with started(world, "events", "-w", "--types", "Warning") as process:
        assert process.stdout
        assert process.stderr
        assert process.stderr.readline().startswith("dead does not answer")
        eventually(lambda: len(kubectls(process.pid)) == 3)
        for name in world.planes:
            happened(world, name, "solo", f"news from {name}", reason="News", lastTimestamp="2026-01-03T00:00:00Z")
        seen: set[str] = set()
        while len(seen) < 3:
            line = process.stdout.readline()
            if "News" in line:
                seen.add(line)
        assert seen == {f"2026-01-03T00:00:00Z {name} Warning News pod/solo: news from {name}\n" for name in world.planes}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 3


def test_new_events_about_labels_are_also_of_objects_that_come_later(world: ServerWorld) -> None:
    (first,) = pods(world, "m3")
    with started(world, "events", "-w", "-l", "app=solo", "--cluster", "m3") as process:
        assert process.stdout
        while process.stdout.readline() != "\n":  # After what was there.
            pass
        eventually(lambda: kubectls(process.pid))
        happened(world, "m3", "stranger", "of nobody", reason="Strange", lastTimestamp="2026-01-03T00:00:00Z")
        world.planes["m3"].request(f"{world.path('pods')}/{first}", "DELETE")
        (second,) = eventually(lambda: [pod for pod in pods(world, "m3") if pod != first])
        seen: list[str] = []
        while not any(f"m3 Normal Scheduled pod/{second}: " in line for line in seen):
            seen.append(process.stdout.readline())
            assert seen[-1]
        assert not any("Strange" in line for line in seen)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_the_trees_of_a_kind(world: ServerWorld) -> None:
    every = ask(world, "tree", "deploy", "-A")
    assert (every.code, every.err) == (0, "")
    roots = [re.split(r" {2,}", line)[0] for line in every.out.splitlines() if line[0] not in " │├└"]
    assert roots == ["OBJECT", f"Deployment.apps {PLAYED}/solo", f"Deployment.apps {PLAYED}/web"]
    labelled = ask(world, "tree", "deploy", "-l", "app=web", "-o", "json").json
    assert ([one["object"]["name"] for one in labelled["items"]], labelled["omitted"]) == (["web"], 0)
    none = ask(world, "tree", "deploy", "-l", "app=gone")
    assert (none.code, none.err) == (1, f"No template of kind deploy has the labels app=gone in {PLAYED}.\n")
    both = ask(world, "tree", "deploy/web", "-l", "app=web")
    assert both.code == 2
    assert "but not both" in " ".join(both.err.split())
    world.commit({f"apps/many/{number:02}.yaml": config(f"many-{number:02}") for number in range(22)})
    many = ask(world, "tree", "cm", "--cluster", "m1")
    assert (many.code, many.err) == (0, "2 more objects left out. Choose fewer with -l or -n, or show all with --all.\n")
    assert (many.out.count("many-"), "many-19" in many.out) == (20, True)
    whole = ask(world, "tree", "cm", "--all", "--cluster", "m1")
    assert (whole.err, whole.out.count("many-")) == ("", 22)


def test_a_tree_goes_from_the_template_to_the_pods(world: ServerWorld) -> None:
    ran = ask(world, "tree", "deploy/web")
    assert (ran.code, ran.err) == (0, "")
    lines = [
        re.sub(r"-[a-z0-9]+(-[a-z0-9]{5})?\b", lambda found: "-SET" + ("-POD" if found[1] else ""), one)
        for one in ran.out.splitlines()
    ]
    words = [re.split(r" {2,}", line.strip("│ ├└─")) for line in lines]
    assert words[1] == [f"Deployment.apps {PLAYED}/web", "apps/web/workload.yaml:1"]
    assert words[2] == [f"PropagationPolicy {PLAYED}/web", "apps/web/policy.yaml"]
    assert [word[:2] for word in words[3:8]] == [
        ["m1 (2 replicas)"],
        ["Deployment web", "Current"],
        ["ReplicaSet web-SET", "Current"],
        ["Pod web-SET-POD", "Current"],
        ["Pod web-SET-POD", "Current"],
    ]
    document = ask(world, "tree", "deployment/web", "-o", "json").json
    assert document["object"] == {"group": "apps", "kind": "Deployment", "namespace": PLAYED, "name": "web"}
    assert [one["name"] for one in document["clusters"]] == ["m1", "m2"]
    ((copy,), _) = [one["objects"] for one in document["clusters"]]
    (replica_set,) = copy["owned"]
    assert [one["object"]["kind"] for one in replica_set["owned"]] == ["Pod", "Pod"]
    none = ask(world, "tree", "deploy/wep")
    assert (none.code, none.err) == (
        1,
        f"No template and no recorded object deploy/wep in {PLAYED}. Did you mean deployment/web?\n",
    )


def test_kinds_that_not_all_members_serve(measured: ServerWorld) -> None:
    ran = ask(measured, "api-resources", "--differing", "--cluster", "m1", "--cluster", "m2", "--cluster", "m3")
    assert ran.code == 0
    rows = [line.split() for line in ran.out.splitlines()[1:] if METRICS in line]
    assert rows == [
        ["nodes", f"{METRICS}/v1beta1", "false", "NodeMetrics", "m1,m3"],
        ["pods", f"{METRICS}/v1beta1", "true", "PodMetrics", "m1,m3"],
    ]
    all_kinds = ask(measured, "api-resources", "-o", "json", "--cluster", "m1").json
    (deployments,) = [one for one in all_kinds["items"] if one["name"] == "deployments"]
    assert deployments["shortNames"] == ["deploy"]


def test_members_are_reached_by_ones_own_contexts(world: ServerWorld, tmp_path: Path) -> None:
    """Whoever asks has a context for m1 and one of another name for m2, as a user who may see nothing; and none for m3."""
    own = tmp_path / "kubeconfig"
    m1, m2 = (json.loads(world.planes[name].kubeconfig.read_text()) for name in ("m1", "m2"))
    m2["contexts"][0]["name"] = "second"
    m2["users"][0] = {"name": "nobody", "user": {**m2["users"][0]["user"], "as": "nobody", "as-groups": ["guests"]}}
    m2["contexts"][0]["context"]["user"] = "nobody"
    merged = {**m1, **{part: m1[part] + m2[part] for part in ("clusters", "users", "contexts")}}
    own.write_text(json.dumps(merged))
    options = ["--kubeconfig", str(own), "--context-of", "m2=second"]
    ran = ask(world, "get", "deploy", "web", *options)
    assert [line.split()[:2] for line in ran.out.splitlines()[1:]][-1] == ["m1", "web"]
    assert ran.code == 3
    assert "m2: " in ran.err
    assert 'User "nobody" cannot get resource "deployments"' in ran.err
    assert re.search(r"m3: .* has no context 'm3'", ran.err)
    described = ask(world, "describe", "deploy", "web", *options, "--cluster", "m1")
    assert (described.code, described.out.splitlines()[0]) == (0, "==> m1 <==")
    wrong = world.run("get", "deploy", "--context-of", "m2=second")
    assert wrong.code == 2


def test_it_says_how_to_get_a_kubectl(world: ServerWorld) -> None:
    ran = ask(world, "logs", "deploy/web", "--kubectl", "/nowhere/kubectl")
    assert ran.code == 3
    assert "--kubectl=/nowhere/kubectl names no program that can be run" in ran.err
    assert "pip install 'reconciler[kubectl]'" in ran.err
