"""Each folder below `override/` and `interpret/` is one promise. `README.md` describes the files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.documents.reader import read_stream
from reconciler.interpreter.precedence import interpreter_of
from reconciler.load.customization import parse_customization
from reconciler.load.parse import parse_cluster, parse_override_policy
from reconciler.render.override import OverrideError
from tests.support.overriding import apply_overrides

HERE = Path(__file__).parent
OVERRIDE = sorted(path.parent for path in HERE.glob("override/*/claim.txt"))
INTERPRET = sorted(path.parent for path in HERE.glob("interpret/*/*/claim.txt"))
NOW = datetime(2026, 1, 1, tzinfo=UTC)

OVERRIDE_FILES = {"claim.txt", "template.yaml", "policy.yaml", "cluster.yaml"}
INTERPRET_FILES = {"claim.txt", "object.yaml", "expected.yaml"}
QUESTIONS = {"replicas", "requirements", "dependencies", "health", "retained", "aggregated"}


def name_of(folder: Path) -> str:
    return folder.relative_to(HERE).as_posix()


def documents(path: Path) -> list[Any]:
    """The YAML documents of a file; none if there is no such file."""
    if not path.exists():
        return []
    read, errors = read_stream(path.read_bytes())
    assert not errors, f"{path}: {errors}"
    return [document.value for document in read]


def document(path: Path) -> Any:
    (value,) = documents(path)
    return value


@pytest.mark.parametrize("folder", OVERRIDE, ids=name_of)
def test_override(folder: Path) -> None:
    policies = [parse_override_policy(policy) for policy in documents(folder / "policy.yaml")]
    cluster = parse_cluster(document(folder / "cluster.yaml"))
    template = document(folder / "template.yaml")
    if (folder / "error.txt").exists():
        with pytest.raises(OverrideError) as refusal:
            apply_overrides(template, cluster, policies)
        assert (folder / "error.txt").read_text().strip() in str(refusal.value)
    else:
        assert apply_overrides(template, cluster, policies).manifest == document(folder / "expected.yaml")


@pytest.mark.parametrize("folder", INTERPRET, ids=name_of)
def test_interpret(folder: Path) -> None:
    expected = document(folder / "expected.yaml")
    assert {question: answer(folder, question) for question in expected} == expected


def answer(folder: Path, question: str) -> Any:
    """What the interpreter answers to one key of `expected.yaml`, as a plain document."""
    interpreter = interpreter_of(tuple(map(parse_customization, documents(folder / "customization.yaml"))))
    subject = document(folder / "object.yaml")
    match question:
        case "replicas":
            return interpreter.count(subject)
        case "requirements":
            return interpreter.requirements(subject)
        case "dependencies":
            return [dict(reference) for reference in interpreter.dependencies(subject)]
        case "health":
            return str(interpreter.assess(subject, NOW).status)
        case "retained":
            return interpreter.retain(subject, document(folder / "live.yaml"))
        case "aggregated":
            reports = document(folder / "reports.yaml")
            items = [{"clusterName": cluster, "status": status} for cluster, status in sorted(reports.items())]
            return interpreter.aggregate(subject, items, NOW)["status"]
    raise AssertionError(f"{name_of(folder)}: `{question}` is none of {', '.join(sorted(QUESTIONS))}")


@pytest.mark.parametrize("folder", OVERRIDE + INTERPRET, ids=name_of)
def test_a_case_is_complete_and_claims_one_thing(folder: Path) -> None:
    claim = (folder / "claim.txt").read_text()
    assert claim.count("\n") == 1, "the claim is one line"
    assert claim.strip().endswith(".")
    files = {path.name for path in folder.iterdir()}
    if folder in OVERRIDE:
        assert files >= OVERRIDE_FILES
        assert files - OVERRIDE_FILES in ({"expected.yaml"}, {"error.txt"})
    else:
        assert INTERPRET_FILES <= files <= {*INTERPRET_FILES, "live.yaml", "reports.yaml", "customization.yaml"}
        questions = set(document(folder / "expected.yaml"))
        assert questions <= QUESTIONS
        assert ("live.yaml" in files, "reports.yaml" in files) == ("retained" in questions, "aggregated" in questions)
        assert document(folder / "object.yaml")["kind"] == folder.parent.name


def test_every_folder_is_a_case() -> None:
    """A folder without `claim.txt` would not run."""
    folders = [path for path in (*HERE.glob("override/*"), *HERE.glob("interpret/*/*")) if path.is_dir()]
    assert sorted(folders) == sorted(OVERRIDE + INTERPRET)
    assert len(folders) > 15
