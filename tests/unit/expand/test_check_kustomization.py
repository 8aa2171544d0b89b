from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.expand.check_kustomization import check_kustomization
from reconciler.expand.source_files import SourceFiles

OBJECT = b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n"
BUILTIN = "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: x}\nprefix: a-\n"
FUNCTION = """apiVersion: builtin
kind: X
metadata:
  name: x
  annotations:
    config.kubernetes.io/function: |
      container: {image: example.com/x}
"""


def told(files: Mapping[str, str], folder: str = "", at: str = "") -> list[str]:
    source = SourceFiles({path: text.encode() for path, text in files.items()}, at)
    return [f"{one.origin} {one.reason}" for one in check_kustomization(source, folder)]


@pytest.mark.parametrize(
    "entry",
    [
        "https://example.com/a.yaml",
        "HTTP://example.com/a.yaml",
        "https://github.com/a/b//c?ref=v1",
        "github.com/a/b",
        "GitHub.com:a/b",
        "gh:a/b",
        "git@example.com:a/b.git",
        "ssh://git@example.com/a/b",
        "git::https://example.com/a",
        "file:///etc",
        "me@example.com/a",
        "oci://example.com/a",
    ],
)
@pytest.mark.parametrize(
    "field", ["resources", "bases", "components", "crds", "configurations", "generators", "transformers", "validators"]
)
def test_what_is_remote(entry: str, field: str) -> None:
    assert told({"kustomization.yaml": f"namePrefix: a\n{field}:\n- {entry}\n"}) == ["kustomization.yaml:3 RemoteResource"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("patches:\n- target: {kind: A}\n  path: URL\n", 3),
        ("patchesJson6902:\n- path: URL\n", 2),
        ("patchesStrategicMerge:\n- URL\n", 2),
        ("replacements:\n- path: URL\n", 2),
        ("openapi:\n  path: URL\n", 2),
        ("configMapGenerator:\n- name: x\n  files:\n  - a=URL\n", 4),
        ("configMapGenerator:\n- name: x\n  files:\n  - URL\n", 4),
        ("secretGenerator:\n- name: x\n  envs:\n  - URL\n", 4),
        ("secretGenerator:\n- name: x\n  env: URL\n", 3),
    ],
)
@pytest.mark.parametrize(
    ("value", "reason"), [("https://example.com/x", "RemoteResource"), ("../x", "OutsideSource"), ("/etc/x", "OutsideSource")]
)
def test_other_files(text: str, line: int, value: str, reason: str) -> None:
    assert told({"kustomization.yaml": text.replace("URL", value)}) == [f"kustomization.yaml:{line} {reason}"]


def test_a_password_in_an_address_is_not_told() -> None:
    source = SourceFiles({"kustomization.yaml": b"resources: ['https://me:secret@example.com/a']\n"})
    (issue,) = check_kustomization(source)
    assert "secret" not in issue.message
    assert "https://example.com/a" in issue.message


def test_everything_it_refers_to_is_read_once() -> None:
    files = {
        "prod/kustomization.yaml": "resources: [../base, ../base, a.yaml]\ncomponents: [../component]\n",
        "prod/a.yaml": "kind: A\n",
        "base/kustomization.yml": "resources: [../prod]\nhelmCharts: [{name: x}]\n",
        "component/Kustomization": "resources:\n- http://example.com\n",
    }
    assert told(files, "prod", "k") == [
        "k/base/kustomization.yml:2 ChartInKustomization",
        "k/component/Kustomization:2 RemoteResource",
    ]


def test_a_long_chain_of_folders_is_read() -> None:
    files = {f"f{number}/kustomization.yaml": f"resources: [../f{number + 1}]\n" for number in range(3000)}
    files["f3000/kustomization.yaml"] = "resources: ['http://example.com']\n"
    assert told(files, "f0") == ["f3000/kustomization.yaml:1 RemoteResource"]


def test_folders_without_one_kustomization() -> None:
    assert told({"a": ""}, "x") == ["x NoKustomization"]
    assert told({"kustomization.yaml": "resources: [x]\n", "x/a.yaml": ""}) == ["kustomization.yaml:1 NoKustomization"]
    assert told({"kustomization.yaml": "", "Kustomization": ""}) == [". NoKustomization"]
    assert told({"kustomization.yaml": "resources:\n- missing.yaml\n"}) == ["kustomization.yaml:2 NoSuchFile"]


def test_what_leads_out() -> None:
    files = {"a/b/kustomization.yaml": "resources:\n- ../../c\n- ../../../d\n- /e\n", "c/kustomization.yaml": ""}
    assert told(files, "a/b") == ["a/b/kustomization.yaml:3 OutsideSource", "a/b/kustomization.yaml:4 OutsideSource"]


@pytest.mark.parametrize("field", ["generators", "transformers", "validators"])
def test_what_runs_a_program(field: str) -> None:
    inline = "  " + FUNCTION.replace("\n", "\n  ")
    assert told({"kustomization.yaml": f"{field}:\n- |\n{inline}\n"}) == ["kustomization.yaml:2 ProgramWhileRendering"]
    files = {"kustomization.yaml": f"{field}: [x.yaml]\n", "x.yaml": f"{BUILTIN}---\n{FUNCTION}"}
    assert told(files) == ["x.yaml:6 ProgramWhileRendering"]
    below = {
        "kustomization.yaml": f"{field}: [x]\n",
        "x/kustomization.yaml": "resources: [f.yaml]\n",
        "x/f.yaml": "kind: Plugin\n",
    }
    assert told(below) == ["x/f.yaml:1 ProgramWhileRendering"]
    assert told({"kustomization.yaml": f"{field}: [x.yaml]\n", "x.yaml": BUILTIN}) == []


def test_an_object_is_no_generator() -> None:
    assert told({"kustomization.yaml": "resources: [x.yaml]\n", "x.yaml": FUNCTION}) == []


@pytest.mark.parametrize("text", ["helmCharts:\n- name: x\n", "helmChartInflationGenerator:\n- chartName: x\n"])
def test_charts(text: str) -> None:
    assert told({"kustomization.yaml": f"namePrefix: a\n{text}"}) == ["kustomization.yaml:2 ChartInKustomization"]
    generator = "apiVersion: builtin\nkind: HelmChartInflationGenerator\n"
    assert told({"kustomization.yaml": "generators: [x.yaml]\n", "x.yaml": generator}) == ["x.yaml:1 ChartInKustomization"]


@pytest.mark.parametrize(
    "text", ["- a\n", "resources: a\n", "resources: [1, {a: b}]\n", "patches: [1]\n", "openapi: 1\n", "a: [\n", "\0"]
)
def test_what_is_malformed_is_left_to_kustomize(text: str) -> None:
    assert told({"kustomization.yaml": text}) == []
