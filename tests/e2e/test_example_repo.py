"""The example repository means what its README says: committed to real Git, read back, and compiled."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.issues import Severity
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, get
from reconciler.model.origin import Origin
from reconciler.model.recorded import RecordedState
from reconciler.model.settings import Settings, Validation
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.pipeline.revision import load_revision
from reconciler.pipeline.works import make_works
from reconciler.plan.order import apply_order
from reconciler.repo.client import Repository
from reconciler.review.lint import lint
from tests.support.gitrepo import ISOLATION, GitRepo

EXAMPLE = Path(__file__).parents[2] / "example-repo"
MEMBERS = ("member1", "member2", "member3")
NOW = datetime(2026, 1, 1, tzinfo=UTC)

NAMESPACE = "Namespace shop"
CRD = "CustomResourceDefinition.apiextensions.k8s.io featureflags.platform.example.com"
FLAG = "FeatureFlag.platform.example.com shop/new-checkout"
CONFIG = "ConfigMap shop/metrics-config"
CLAIM = "PersistentVolumeClaim shop/metrics-data"

EVERYWHERE = [NAMESPACE, CRD, CONFIG, CLAIM, "Service shop/metrics", "Deployment.apps shop/metrics", FLAG]


def workload_and_service(name: str) -> list[str]:
    return [f"Deployment.apps shop/{name}", f"Service shop/{name}"]


@pytest.fixture(scope="module", autouse=True)
def _isolated_git() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ISOLATION.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def compiled(_isolated_git: None, tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return compile_example(tmp_path_factory.mktemp("example"))


def compile_example(folder: Path, edits: dict[str, tuple[str, str]] | None = None) -> Compiled:
    """The example, with the first `old` text of some files replaced by `new`, as if every handover were over."""
    repo = GitRepo(folder / "repo")
    shutil.copytree(EXAMPLE, repo.path, dirs_exist_ok=True)
    for path, (old, new) in (edits or {}).items():
        text = (repo.path / path).read_text()
        assert old in text
        repo.write({path: text.replace(old, new, 1)})
    repo.commit("The shop")
    return asyncio.run(_compile_head(repo.path))


async def _compile_head(path: Path) -> Compiled:
    compiler = ThreadCompiler()
    async with await Repository.open(str(path)) as repository:
        desired = await load_revision(repository, await repository.resolve("HEAD"), compiler)
    return await compiler.compile(desired, RecordedState(), NOW, settled=True)


def manifests(compiled: Compiled, member: str) -> dict[str, Manifest]:
    return {str(found.key): found.manifest for found in make_works(compiled)[ClusterName(member)].manifests}


def values(compiled: Compiled, key: str, *path: str | int) -> dict[str, Any]:
    """A field of one object in every member that holds it."""
    return {member: get(held[key], *path) for member in MEMBERS if key in (held := manifests(compiled, member))}


def digests(compiled: Compiled, member: str) -> set[tuple[str, str]]:
    return {(str(found.key), found.digest) for found in make_works(compiled)[ClusterName(member)].manifests}


def test_nothing_to_complain_about(compiled: Compiled) -> None:
    assert [*compiled.issues, *lint(compiled)] == []


def test_the_settings_are_the_defaults_but_strict(compiled: Compiled) -> None:
    assert compiled.desired.settings == Settings(validation=Validation.STRICT)


def test_the_members(compiled: Compiled) -> None:
    facts = [
        (c.name, c.labels["environment"], c.provider, c.region, c.zones, c.sync_mode, c.directory)
        for c in compiled.desired.clusters
    ]
    assert facts == [
        ("member1", "prod", "aws", "eu-central", ("eu-central-a", "eu-central-b"), "Push", "member1"),
        ("member2", "prod", "gcp", "us-east", ("us-east-a", "us-east-b"), "Push", "member2"),
        ("member3", "dev", "onprem", "eu-central", ("rack-7",), "Push", "member3"),
    ]


def test_what_each_member_gets(compiled: Compiled) -> None:
    nginx, catalog, preview = (workload_and_service(name) for name in ("nginx", "catalog", "preview"))
    assert {member: sorted(manifests(compiled, member)) for member in compiled.cluster_names} == {
        "member1": sorted([*EVERYWHERE, *nginx, *catalog]),
        "member2": sorted([*EVERYWHERE, *catalog]),
        "member3": sorted([*EVERYWHERE, *preview]),
    }


@pytest.mark.parametrize(
    ("name", "replicas"),
    [
        ("nginx", {"member1": 2}),
        ("catalog", {"member1": 4, "member2": 2}),
        ("metrics", {"member1": 1, "member2": 1, "member3": 1}),
        ("preview", {"member3": 1}),
    ],
)
def test_replicas(compiled: Compiled, name: str, replicas: dict[str, int]) -> None:
    assert values(compiled, f"Deployment.apps shop/{name}", "spec", "replicas") == replicas


@pytest.mark.parametrize(
    ("name", "repository", "members"),
    [
        ("nginx", "library/nginx:1.28", ["member1"]),
        ("catalog", "stefanprodan/podinfo:6.9.1", ["member1", "member2"]),
        ("metrics", "prometheus/prometheus:v3.5.0", MEMBERS),
        ("preview", "stefanprodan/podinfo:6.9.2", ["member3"]),
    ],
)
def test_images_come_from_the_regions_registry(compiled: Compiled, name: str, repository: str, members: list[str]) -> None:
    registry = {"member1": "registry.eu.example.com", "member2": "registry.us.example.com", "member3": "registry.eu.example.com"}
    images = values(compiled, f"Deployment.apps shop/{name}", "spec", "template", "spec", "containers", 0, "image")
    assert images == {member: f"{registry[member]}/{repository}" for member in members}


def test_the_storage_class_is_the_providers(compiled: Compiled) -> None:
    classes = values(compiled, CLAIM, "spec", "storageClassName")
    assert classes == {"member1": "gp3", "member2": "premium-rwo", "member3": "standard"}


@pytest.mark.parametrize("key", [NAMESPACE, "Deployment.apps shop/metrics"])
def test_the_environment_is_a_label(compiled: Compiled, key: str) -> None:
    labels = values(compiled, key, "metadata", "labels", "example.com/environment")
    assert labels == {"member1": "prod", "member2": "prod", "member3": "dev"}


def test_the_environments_label_stays_off_the_pods(compiled: Compiled) -> None:
    labels = values(compiled, "Deployment.apps shop/metrics", "spec", "template", "metadata", "labels")
    assert labels == {member: {"app": "metrics"} for member in MEMBERS}


def test_the_regions_currency_is_an_argument(compiled: Compiled) -> None:
    args = values(compiled, "Deployment.apps shop/catalog", "spec", "template", "spec", "containers", 0, "args")
    assert args == {
        "member1": ["--port=9898", "--level=info", "--ui-message=Prices in EUR"],
        "member2": ["--port=9898", "--level=info", "--ui-message=Prices in USD"],
    }


PROMETHEUS = """\
global:
  external_labels:
    env: {}
  scrape_interval: 30s
scrape_configs:
- job_name: metrics
  static_configs:
  - targets:
    - localhost:9090
"""


def test_one_value_of_the_embedded_yaml_differs(compiled: Compiled) -> None:
    environments = {"member1": "prod", "member2": "prod", "member3": "dev"}
    texts = values(compiled, CONFIG, "data", "prometheus.yml")
    assert texts == {member: PROMETHEUS.format(environment) for member, environment in environments.items()}


@pytest.mark.parametrize("member", MEMBERS)
def test_what_others_stand_on_is_applied_first(compiled: Compiled, member: str) -> None:
    keys: list[ResourceKey] = [found.key for found in make_works(compiled)[ClusterName(member)].manifests]
    order = [str(key) for key in sorted(keys, key=apply_order)]
    assert order[:2] == [NAMESPACE, CRD]
    assert order.index(CONFIG) < order.index(CLAIM) < order.index("Deployment.apps shop/metrics")
    assert order[-1] == FLAG


def test_the_custom_kinds_own_schema_is_asked(tmp_path: Path) -> None:
    path = "platform/featureflags/new-checkout.yaml"
    issues = compile_example(tmp_path, {path: ("enabled: true", 'enabled: "true"')}).issues
    line = (EXAMPLE / path).read_text().splitlines().index("spec:") + 2
    assert [(issue.origin, issue.severity, issue.subject) for issue in issues] == [(Origin(path, line), Severity.ERROR, FLAG)]


EDITS = {
    "move": (
        {"apps/nginx/policy.yaml": ("- member1 #", "- member2 #")},
        {"member2": workload_and_service("nginx")},
        {"member1": workload_and_service("nginx")},
    ),
    "scale": (
        {"apps/catalog/deployment.yaml": ("replicas: 6", "replicas: 9")},
        {"member1": ["Deployment.apps shop/catalog"], "member2": ["Deployment.apps shop/catalog"]},
        {},
    ),
    "weight": (
        {"apps/catalog/policy.yaml": ("weight: 2", "weight: 1")},
        {"member1": ["Deployment.apps shop/catalog"], "member2": ["Deployment.apps shop/catalog"]},
        {},
    ),
    "cluster label": (
        {"clusters/member2.yaml": ("environment: prod", "environment: dev")},
        {
            "member2": [
                CONFIG,
                "Deployment.apps shop/catalog",
                "Deployment.apps shop/metrics",
                NAMESPACE,
                *workload_and_service("preview"),
            ]
        },
        {},
    ),
    "registry": (
        {"overrides/image-registry.yaml": ("value: registry.eu.example.com", "value: mirror.eu.example.com")},
        {
            "member1": [f"Deployment.apps shop/{name}" for name in ("catalog", "metrics", "nginx")],
            "member3": [f"Deployment.apps shop/{name}" for name in ("metrics", "preview")],
        },
        {},
    ),
    "embedded value": ({"overrides/metrics-environment.yaml": ("value: dev", "value: test")}, {"member3": [CONFIG]}, {}),
    "custom resource": (
        {"platform/featureflags/new-checkout.yaml": ("enabled: true", "enabled: false")},
        {member: [FLAG] for member in MEMBERS},
        {},
    ),
}
"""What the README proposes to edit; the objects then written, and those that go, per member."""


@pytest.mark.parametrize(("edits", "written", "gone"), EDITS.values(), ids=EDITS)
def test_edits_that_the_readme_proposes(
    compiled: Compiled,
    tmp_path: Path,
    edits: dict[str, tuple[str, str]],
    written: dict[str, list[str]],
    gone: dict[str, list[str]],
) -> None:
    after = compile_example(tmp_path, edits)
    assert [*after.issues, *lint(after)] == []
    for member in MEMBERS:
        fresh = sorted(key for key, _ in digests(after, member) - digests(compiled, member))
        lost = sorted(manifests(compiled, member).keys() - manifests(after, member).keys())
        assert (fresh, lost) == (sorted(written.get(member, [])), sorted(gone.get(member, []))), member


@pytest.mark.parametrize(("weight", "total", "shares"), [("2", 9, (6, 3)), ("1", 6, (3, 3))])
def test_shares_that_the_readme_names(tmp_path: Path, weight: str, total: int, shares: tuple[int, int]) -> None:
    edits = {
        "apps/catalog/policy.yaml": ("weight: 2", f"weight: {weight}"),
        "apps/catalog/deployment.yaml": ("replicas: 6", f"replicas: {total}"),
    }
    replicas = values(compile_example(tmp_path, edits), "Deployment.apps shop/catalog", "spec", "replicas")
    assert replicas == dict(zip(("member1", "member2"), shares, strict=True))
