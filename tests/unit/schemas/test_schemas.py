"""The schema files as editors read them."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from reconciler.load.schemas import karmada
from reconciler.load.schemas.quick_check import compile_schema
from reconciler.model.manifest import gvk_of
from reconciler.model.rollout import RolloutStrategy
from reconciler.model.settings import Settings
from tests.unit.load.documents import documents, name_of, spoiled

FOLDER = karmada.schema_folder()
FILES = sorted(FOLDER.rglob("*.json"))
KINDS = [file for file in FILES if not file.name.startswith("_")]


def short(file: Path) -> str:
    return str(file.relative_to(FOLDER))


def read(file: Path) -> Any:
    return json.loads(file.read_text())


def nodes(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping in a schema, with its place."""
    if isinstance(value, dict):
        yield path, value
    for step, member in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from nodes(member, f"{path}/{step}")


@pytest.mark.parametrize("file", FILES, ids=short)
def test_is_a_schema_with_title_and_description(file: Path) -> None:
    document = read(file)
    jsonschema.Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["title"]
    assert document["description"].endswith(".")


@pytest.mark.parametrize("file", KINDS, ids=short)
def test_is_found_where_editors_look(file: Path) -> None:
    members = read(file)["properties"]
    group, version = members["apiVersion"]["const"].split("/")
    assert short(file) == f"{group}/{members['kind']['const'].lower()}_{version}.json"


@pytest.mark.parametrize("gvk", sorted(karmada.known_kinds()), ids=str)
def test_every_field_is_described(gvk: Any) -> None:
    for path, node in nodes(karmada._schemas()[gvk]):
        rule = any(f"/{keyword}/" in f"{path}/" for keyword in ("allOf", "anyOf", "oneOf", "not"))
        if not rule and isinstance(node.get("properties"), dict):
            for name, member in node["properties"].items():
                assert member.get("description", "").strip(), f"{path}/{name}"


@pytest.mark.parametrize("gvk", sorted(karmada.known_kinds()), ids=str)
def test_every_mapping_is_closed_or_says_what_it_holds(gvk: Any) -> None:
    """A misspelt field is noticed; only metadata and status take what they do not know."""
    for path, node in nodes(karmada._schemas()[gvk]):
        if node.get("type") == "object" and path not in ("/properties/metadata", "/properties/status"):
            assert "additionalProperties" in node, path


@pytest.mark.parametrize("file", FILES, ids=short)
def test_words_of_a_schema_are_a_statement_and_a_remedy(file: Path) -> None:
    for path, node in nodes(read(file)):
        if isinstance(node.get("errorMessage"), str):
            statement, _, remedy = node["errorMessage"].partition(". ")
            assert statement, path
            assert remedy.endswith("."), path


@pytest.mark.parametrize("gvk", sorted(karmada.known_kinds()), ids=str)
def test_can_be_asked_quickly(gvk: Any) -> None:
    assert compile_schema(karmada._schemas()[gvk]) is not None


@pytest.mark.parametrize("document", documents("karmada.yaml"), ids=name_of)
def test_editors_and_we_agree(document: dict[str, Any]) -> None:
    """Editors follow the relative references of the files; we replace them while reading."""
    registry: Registry[Any] = Registry().with_resources((file.as_uri(), Resource.from_contents(read(file))) for file in FILES)
    gvk = gvk_of(document)
    file = FOLDER / gvk.group / f"{gvk.kind.lower()}_{gvk.version}.json"
    theirs = jsonschema.Draft202012Validator({"$ref": file.as_uri()}, registry=registry)
    ours = jsonschema.Draft202012Validator(karmada._schemas()[gvk])
    for path, changed in spoiled(document, offset=5):
        assert theirs.is_valid(changed) == ours.is_valid(changed), path


def test_defaults_of_the_configuration_are_those_of_the_program() -> None:
    members = read(FOLDER / "reconciler.dev/configuration_v1alpha1.json")["properties"]["spec"]["properties"]
    guard = members.pop("pruneGuard")["properties"]
    failover = members.pop("failover")["properties"]
    kept_for = members.pop("multiClusterServices")["properties"]["endpointsKeptFor"]["default"]
    updates = [members.pop(name)["properties"] for name in ("imageUpdates", "sourceUpdates")]
    inventory = members.pop("inventory")["properties"]
    strategy = read(FOLDER / "_definitions.json")["$defs"]["rolloutStrategy"]["properties"]
    autoscaling = members.pop("autoscaling")["properties"]
    without = ("repository", "rollout", "rolloutControl", "suspended", *[name for name in members if name == "descheduler"])
    assert not any("default" in members.pop(name) for name in without)
    settings = Settings()
    assert [{name: field["default"] for name, field in one.items()} for one in updates] == [
        {"mode": one.mode, "interval": minutes(one.interval)} for one in (settings.image_updates, settings.source_updates)
    ]
    assert [inventory[name]["default"] for name in ("mode", "interval", "rules")] == [
        settings.inventory.updates.mode,
        minutes(settings.inventory.updates.interval),
        list(settings.inventory.rules),
    ]
    assert {name: one["default"] for name, one in inventory["guard"]["properties"].items()} == {
        "maxShare": f"{settings.inventory.guard.max_share:.0%}",
        "alwaysAllowed": settings.inventory.guard.always_allowed,
    }
    assert {name: member["default"] for name, member in autoscaling.items()} == {
        "limits": "Divide" if settings.divides_limits else "Copy",
        "interval": f"{settings.autoscaling_interval // timedelta(seconds=1)}s",
    }
    assert {name: member["default"] for name, member in members.items()} == {
        "include": list(settings.include),
        "exclude": list(settings.exclude),
        "expand": list(settings.expand),
        "kinds": list(settings.kinds),
        "validation": settings.validation,
        "instance": settings.instance,
        "mode": settings.mode,
        "statusBranch": settings.status_branch,
        "conflictResolution": settings.conflict_resolution,
        "formerFieldManagers": list(settings.former_field_managers),
        "adopt": list(settings.adopt),
        "survives": list(settings.survives),
        "rollouts": dict(settings.rollouts),
        "windows": list(settings.windows),
        "driftPolicy": settings.write_rules.drift_policy,
        "ignoreDifferences": list(settings.write_rules.ignored),
        "writePolicies": list(settings.write_rules.written),
        "unclaimed": settings.unclaimed,
        "namespaces": settings.namespaces.value,
        "emptyWorkloads": "Keep" if settings.empty_workloads else "Drop",
        "componentSets": "Count" if settings.component_sets else "Ignore",
        "gateTimeout": minutes(settings.gate_timeout),
        "handoverTimeout": minutes(settings.handover_timeout),
        "heartbeat": "off" if settings.heartbeat is None else seconds(settings.heartbeat),
        "interval": f"{settings.interval // timedelta(seconds=1)}s",
        "concurrency": settings.concurrency,
    }
    plan = RolloutStrategy()
    assert {name: member["default"] for name, member in strategy.items() if "default" in member} == {
        "maxConcurrency": str(plan.max_concurrency),
        "soak": f"{plan.soak // timedelta(seconds=1)}s",
        "progressDeadline": minutes(plan.progress_deadline),
        "maxFailures": plan.max_failures.budget(100),
        "onNewCommit": plan.on_new_commit,
        "onFailure": plan.on_failure,
    }
    assert guard["maxShare"]["default"] == f"{settings.prune_guard.max_share:.0%}"
    assert guard["alwaysAllowed"]["default"] == settings.prune_guard.always_allowed
    assert kept_for == minutes(settings.endpoints_kept_for)
    limits = settings.failover
    assert {name: member["default"] for name, member in failover.items()} == {
        "mode": limits.mode,
        "failureThreshold": seconds(limits.failure_threshold),
        "successThreshold": seconds(limits.success_threshold),
        "goneAfter": minutes(limits.gone_after),
        "maxMembers": f"{limits.max_members:.0%}",
        "maxObjects": f"{limits.max_objects:.0%}",
        "coolDown": minutes(limits.cool_down),
        "failback": "never" if limits.fail_back_after is None else "",
    }


def seconds(duration: timedelta) -> str:
    return f"{duration // timedelta(seconds=1)}s"


def minutes(duration: timedelta) -> str:
    return f"{duration // timedelta(minutes=1)}m"
