"""Every command that a documentation page shows is run, with the output that it shows, or is listed here with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.reference_pages import REFERENCE
from reconciler.documents.reader import read_stream
from reconciler.load.schemas import kubernetes_kinds
from reconciler.model.manifest import gvk_of
from tests.support.doc_pages import BLOCK, Command, commands_not_run, is_like, play, steps
from tests.support.program import PROJECT, Ran

PAGES = [PROJECT / "README.md", *(page for page in sorted((PROJECT / "docs").rglob("*.md")) if REFERENCE not in page.parents)]
PLAYED = [page for page in PAGES if any(isinstance(step, Command) for step in steps(page.read_text()))]

NOT_RUN = {
    "installs the program": (
        "python3 -m venv ",
        "~/.venvs/reconciler/bin/pip install .",
        "pip install 'reconciler[",
        "export PATH=",
    ),
    "a target of make, which a test or a job of its own runs": ("make ", ".ci/run"),
    "needs containers": ("kind create cluster", "kind delete clusters"),
    "needs a cluster; tests/e2e/kubernetes/ has joins": (
        "reconciler join ",
        "reconciler unjoin ",
        ".venv/bin/reconciler demo --kind",
    ),
    "needs Pods; tests/e2e/kubernetes/test_fleet_commands.py has them": ("reconciler logs ",),
    "needs Services on API servers; tests/e2e/kubernetes/test_doctor.py has them": ("reconciler doctor ",),
    "needs a container runtime; tests/e2e/test_containerfile.py carries out the steps": ("podman ",),
    "needs a host cluster; tests/e2e/kubernetes/ has test_chart.py and test_install.py": (
        "kubectl ",
        "helm install",
        "helm test",
        "helm upgrade",
        "reconciler install ",
    ),
    "needs a forge and a member; tests/forge/test_agent_credentials.py and tests/e2e/kubernetes/test_register.py have them": (
        "reconciler token create ",
        "reconciler register ",
        "reconciler unregister ",
    ),
    "needs a job of CI and a forge; tests/e2e/test_ci.py and tests/forge/test_comments.py have them": (
        "sh ../reconciler-source/",
        "RECONCILER=../reconciler/bin/reconciler sh ",
        "../reconciler/bin/reconciler comment ",
    ),
    "needs a tool that the tests do not have": ("openssl ", "body=", "signature=", "curl "),
    "names a collector; tests/e2e/test_tracing.py has one": ("export OTEL_EXPORTER_OTLP_ENDPOINT=",),
    "needs a host cluster with an inventory; tests/e2e/kubernetes/test_inventory.py has one": ("reconciler inventory ",),
    "needs a registry; tests/forge/test_image_updates.py has one": ("reconciler images ",),
    "needs a registry; tests/e2e/sources/test_update.py has one": ("reconciler update",),
    "needs a public forge": ("git push origin", "ssh-keyscan ", "export RECONCILER_REPO="),
    "runs until it is stopped; tests/e2e/kubernetes/ and tests/e2e/test_agent.py have that": (
        "reconciler run ",
        "reconciler agent ",
    ),
    "serves until it is stopped; tests/pages/ has that": ("reconciler dashboard",),
    "begins a way of the tutorial that needs clusters": ("git commit --quiet --allow-empty",),
    "needs a running Karmada": ("kubectl --context ",),
    "needs members with objects of Karmada; tests/e2e/test_make_clusters.py has them": (
        "reconciler import karmada ",
        "reconciler validate",
        "reconciler explain deployment/web -n shop",
        "reconciler diff HEAD HEAD --live",
        "reconciler sync",
        "reconciler status",
        "reconciler release --all",
    ),
}
"""Reason → how the commands begin."""


def not_run() -> list[str]:
    return [command for page in PAGES for command in commands_not_run(page.read_text())]


@pytest.mark.parametrize("page", PLAYED, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_a_page_does_what_it_shows(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    play(page, tmp_path)


def test_every_command_that_is_not_run_has_a_reason() -> None:
    prefixes = tuple(prefix for several in NOT_RUN.values() for prefix in several)
    commands = not_run()
    assert [command for command in commands if not command.startswith(prefixes)] == []
    assert [prefix for prefix in prefixes if not any(command.startswith(prefix) for command in commands)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_the_manifests_on_a_page_are_valid(page: Path) -> None:
    """Kubernetes' own kinds; files of a page that is run are checked by its `validate`."""
    documents = [one for language, body in BLOCK.findall(page.read_text()) if language == "yaml" for one in read_stream(body)[0]]
    objects = [one.value for one in documents if isinstance(one.value, dict) and "kind" in one.value]
    assert [problem.message for one in objects for problem in kubernetes_kinds.validate(one, gvk_of(one))] == []


def test_no_command_is_hidden_in_a_block_that_nobody_runs() -> None:
    words = ("    reconciler ", "    git ", "    make ", "    pip ", "    kubectl ")
    hidden = [f"{page.name}: {line}" for page in PAGES for line in page.read_text().splitlines() if line.startswith(words)]
    assert hidden == []


PAGE = """
```console
$ first \\
    --flag
shown
$ cat > file <<EOF
$ not a command
EOF
$ second
```

```yaml
# a/b.yaml
key: value
```

```sh
third --x
```
"""


def test_a_page_is_taken_apart() -> None:
    commands = [step for step in steps(PAGE) if isinstance(step, Command)]
    assert [one.text for one in commands] == ["first  --flag", "cat > file <<EOF\n$ not a command\nEOF", "second"]
    assert commands[0].output == ("shown",)
    assert len(list(steps(PAGE))) == 4
    assert list(commands_not_run(PAGE)) == ["third --x"]


@pytest.mark.parametrize(
    ("shown", "printed", "alike"),
    [
        (("a  b",), "a b\n", True),
        (("a …",), "a anything\n", True),
        (("a", "…", "z"), "a\nb\nc\nz\n", True),
        (("a", "…"), "a\n", True),
        (("a",), "a\nb\n", False),
        (("a.c",), "abc\n", False),
    ],
)
def test_output_is_compared(shown: tuple[str, ...], printed: str, alike: bool) -> None:
    assert is_like(shown, Ran(0, printed, "")) is alike
