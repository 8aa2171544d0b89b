"""Values of a chart that SOPS encrypted reach the members, and nothing else: 200 are searched in everything that is made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.controlplane.start import ControlPlane
from tests.parts.build import binary
from tests.support.canaries import COUNT, PLAIN, canary, everything_below, everything_in_git, found, spellings, watching_processes
from tests.support.daemon import daemon
from tests.support.fleet import document, policy, selector
from tests.support.program import run_all
from tests.support.servers import ServerWorld, configuration, eventually
from tests.support.sops import AgeKey, age_key, encrypted

OURS = "reconciler.dev/v1alpha1"
HELM = ("--helm", str(binary("helm4")))
TEMPLATES = {
    "secret": """apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}-secret}
stringData:
{{- range $name, $value := .Values.inSecret }}
  {{ $name }}: {{ $value | toJson }}
{{- end }}
""",
    "config": """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-config}
data:
{{- range $name, $value := .Values.inConfig }}
  {{ $name }}: {{ printf "postgres://user:%s@db:%v" $value $.Values.port | toJson }}
  {{ $name }}.base64: {{ printf "<%s>" $value | b64enc }}
{{- end }}
""",
    "web": """apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}-web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {checksum: {{ toJson .Values | sha256sum | quote }}}
    spec:
      containers:
        - name: web
          image: nginx
          env:
          {{- range $name, $value := merge .Values.env .Values.tokens }}
            - {name: {{ $name | upper }}, value: {{ $value | toJson }}}
          {{- end }}
""",
}


def numbered(numbers: Iterable[int], generation: int) -> dict[str, str]:
    return {f"k{number}": canary(number, generation) for number in numbers}


def secret_values(world: ServerWorld, key: AgeKey, generation: int) -> dict[str, str]:
    """In a file of values, in a whole document in a Secret, and in single values there."""
    in_file = {"inSecret": numbered(range(100), generation), "inConfig": numbered(range(100, 150), generation), "port": 5432}
    whole = json.dumps({"env": numbered(range(150, 190), generation)})
    tokens = numbered(range(190, 200), generation)
    secret = document("Secret", "app-values", world.namespace, stringData={"values.yaml": whole, **tokens})
    return {
        "charts/app/values-secret.yaml": encrypted(json.dumps(in_file), key, fields=""),
        "values.yaml": encrypted(secret, key),
    }


def chart(world: ServerWorld) -> dict[str, str]:
    named = [{"kind": "Secret", "name": "app-values"}]
    named += [{**named[0], "key": f"k{one}", "targetPath": f"tokens.k{one}"} for one in range(190, 200)]
    spec = {"chart": {"path": "charts/app"}, "valuesFiles": ["values-secret.yaml"], "valuesFrom": named}
    return {
        "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
        "charts/app/values.yaml": "env: {}\ntokens: {}\n",
        **{f"charts/app/templates/{name}.yaml": text for name, text in TEMPLATES.items()},
        "app.yaml": document("Chart", "app", world.namespace, api=OURS, spec=spec),
        "policy.yaml": policy("app", selector("Chart", api=OURS)),
        "reconciler.yaml": configuration(world.namespace),
    }


@pytest.fixture
def key(tmp_path_factory: pytest.TempPathFactory) -> AgeKey:
    return age_key(tmp_path_factory.mktemp("key") / "age.txt")


@pytest.fixture
def world(tmp_path: Path, bare_planes: list[ControlPlane]) -> ServerWorld:
    return ServerWorld(tmp_path / "world", bare_planes[:2])


def held(world: ServerWorld, name: str, generation: int) -> set[int]:
    """The numbers of the canaries in the objects of a member."""
    listed = json.dumps([world.planes[name].request(world.path(plural)) for plural in ("secrets", "configmaps", "deployments")])
    texts = {one: {spelling.decode("utf-8", "replace") for spelling in spellings(one)} - {one[:10]} for one in PLAIN}
    return {PLAIN[one][0] for one in PLAIN if PLAIN[one][1] == generation and any(text in listed for text in texts[one])}


def commands(world: ServerWorld, key: AgeKey) -> list[list[str]]:
    repo = ["--repo", str(world.repo.path), "--cache", str(world.folder / "cache"), *HELM]
    members, keys = ["--member-root", str(world.members)], list(key.options)
    asked: list[list[str]] = []
    for given in ([], keys):
        asked += [
            ["diff", "HEAD~1", "HEAD", *repo, *given],
            ["diff", "HEAD", "HEAD~1", "--live", *repo, *members, *given],
            ["sync", "HEAD~1", "--dry-run", *repo, *members, *given],
            ["sync", "HEAD~1", "--dry-run", "-o", "json", *repo, *members, *given],
            ["sync", "--no-wait", "-o", "json", *repo, *members, *given],
        ]
    questions = (["validate"], ["render"], ["status", "-o", "json"], ["explain", "deployment/app-web"])
    asked += [[*question, *repo] for question in questions]
    names = ("secret/app-secret", "configmap/app-config", "deployment/app-web")
    return asked + [["get", name, "-n", world.namespace, "-o", "yaml", *repo[:4], *members] for name in names]


def test_nothing_of_a_chart_is_told(world: ServerWorld, key: AgeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = world.folder / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    world.commit({**chart(world), **secret_values(world, key, 1)})
    at = ("--repo", str(world.repo.path), "--member-root", str(world.members), *key.options, *HELM)
    with watching_processes(key) as seen:
        with daemon(world.folder, *at, TMPDIR=str(temporary)) as ours:
            ours.settle()
            for name in world.planes:
                assert held(world, name, 1) == set(range(COUNT))
            world.edit("m1", "configmaps", "app-config", {"data": {"k100": "changed by hand"}})
            eventually(lambda: ours.said("drift corrected"))
            world.commit(secret_values(world, key, 2))
            eventually(lambda: all(held(world, name, 2) == set(range(COUNT)) for name in world.planes))
            metrics = ours.ask("/metrics")[1]
            assert ours.end() == 0
        asked = commands(world, key)
        runs = run_all(asked, TMPDIR=str(temporary))
    told: Mapping[str, set[str]] = {" ".join(command): found(run.out + run.err) for command, run in zip(asked, runs, strict=True)}
    assert {command: places for command, places in told.items() if places} == {}
    assert [run.err for run in runs if "Traceback" in run.err] == []
    assert [found(metrics), found(ours.log_file.read_bytes())] == [set()] * 2
    assert seen == {}
    assert found(everything_in_git(world.repo.path)) == set()
    assert found(everything_below(world.folder)) == set()  # With the kept expansions.
    assert found(everything_below(Path("/dev/shm"))) == set()  # noqa: S108 - where a jail has its files while it runs
    by_words = {" ".join(command): run for command, run in zip(asked, runs, strict=True)}
    silent = next(run for words, run in by_words.items() if words.startswith("sync --no-wait") and str(key.file) in words)
    assert {counts["configured"] for counts in (one["counts"] for one in silent.json["clusters"].values())} == {0}
    keyless = next(run for words, run in by_words.items() if words.startswith("sync --no-wait") and str(key.file) not in words)
    assert "was given no key" in keyless.out
    assert all(held(world, name, 2) == set(range(COUNT)) for name in world.planes)  # It stayed as it was.
    assert "app-web" in next(run.out for words, run in by_words.items() if words.startswith("render"))
