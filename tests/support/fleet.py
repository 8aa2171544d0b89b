"""A config repository with directory members beside it, and the documents it is made of.

Documents are JSON, which is YAML: a builder says what a test is about, and an edit is the same builder asked again.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from tests.support.gitrepo import GitRepo
from tests.support.program import Ran, run_here

STATUS = "reconciler/status"
POLICY = "policy.karmada.io/v1alpha1"

Files = Mapping[str, str]


class World:
    """A repository `config`, its members' folders below `config.members`, and the program to run on them."""

    def __init__(self, folder: Path, files: Files | None = None) -> None:
        self.folder = folder
        self.repo = GitRepo(folder / "config")
        self.members = folder / "config.members"
        if files:
            self.commit(files)

    def commit(self, files: Files, *gone: str) -> str:
        self.repo.write(dict(files)).remove(*gone)
        return self.repo.commit()

    def run(self, command: str, *arguments: str) -> Ran:
        return run_here(command, *arguments, "--repo", str(self.repo.path))

    def sync(self, *arguments: str) -> Ran:
        return self.run("sync", *arguments)

    def synced(self, *arguments: str) -> Any:
        """The document of a sync."""
        return self.run("sync", "-o", "json", *arguments).json

    def live(self, member: str) -> dict[str, Any]:
        """What a member holds, by path without ending; what a process that runs removes meanwhile is left out."""
        folder = self.members / member
        found: dict[str, Any] = {}
        for place, _, names in os.walk(folder):
            for file in (Path(place, name) for name in names if name.endswith(".yaml")):
                with suppress(FileNotFoundError):
                    found[str(file.relative_to(folder).with_suffix(""))] = yaml.safe_load(file.read_bytes())
        return found

    def status_branch(self) -> dict[str, bytes]:
        return branch_files(self.repo.path, STATUS)


def branch_files(repository: Path, branch: str) -> dict[str, bytes]:
    """Path → content of a branch, read by git itself; empty where there is no such branch."""
    done = subprocess.run(["git", "archive", "--format=tar", branch], cwd=repository, capture_output=True, check=False)
    if done.returncode:
        return {}
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive if entry.isfile()}  # type: ignore[union-attr]


def without_generations(status: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files without the number of decisions about each member: who continues after a kill may skip one."""
    return {path: re.sub(rb"^  generation: \d+\n", b"", data, flags=re.MULTILINE) for path, data in status.items()}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones too. Folders that hold nothing declare nothing."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Which file is which, and when it was written."""
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def copy_of(folder: Path, target: Path) -> Path:
    """A world as it is, somewhere else; what was there before goes."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)
    return target


def document(kind: str, name: str, namespace: str = "shop", *, api: str = "v1", **fields: Any) -> str:
    """`labels` and `annotations` become metadata, everything else stands at the top."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    metadata |= {field: fields.pop(field) for field in ("labels", "annotations") if field in fields}
    return json.dumps({"apiVersion": api, "kind": kind, "metadata": metadata, **fields}, indent=2) + "\n"


def cluster(name: str, endpoint: str = "", **labels: str) -> str:
    spec = {"syncMode": "Push", "apiEndpoint": endpoint or f"file:{name}"}
    return document("Cluster", name, "", api="cluster.karmada.io/v1alpha1", labels=labels, spec=spec)


def workload(name: str, replicas: int = 2, kind: str = "Deployment", image: str = "docker.io/library/nginx:1.28") -> str:
    pod = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": name, "image": image}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": pod}
    more = {"serviceName": name} if kind == "StatefulSet" else {}
    return document(kind, name, api="apps/v1", spec=spec | more)


def config(name: str, namespace: str = "shop", **data: str) -> str:
    return document("ConfigMap", name, namespace, data=data)


def secret(name: str, data: Mapping[str, str] | None = None, **string_data: str) -> str:
    """data: plain; it is encoded here."""
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in (data or {}).items()}
    return document("Secret", name, type="Opaque", data=encoded, stringData=string_data)


def selector(kind: str, name: str = "", api: str = "v1") -> dict[str, str]:
    return {"apiVersion": api, "kind": kind} | ({"name": name} if name else {})


def policy(name: str, selected: dict[str, str], *members: str, divided: bool = False, **spec: Any) -> str:
    """Places what is selected on these members, or on all."""
    placement: dict[str, Any] = {"clusterAffinity": {"clusterNames": list(members)}} if members else {}
    if divided:
        placement["replicaScheduling"] = {"replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted"}
    return document("PropagationPolicy", name, api=POLICY, spec={"resourceSelectors": [selected], "placement": placement, **spec})


def cluster_policy(name: str, selected: dict[str, str], *members: str) -> str:
    """For what is in no namespace."""
    spec = {"resourceSelectors": [selected], "placement": {"clusterAffinity": {"clusterNames": list(members)}}}
    return document("ClusterPropagationPolicy", name, "", api=POLICY, spec=spec)


def override(name: str, selected: dict[str, str], *members: str, **overriders: Any) -> str:
    """For these members, or for all."""
    rule: dict[str, Any] = {"overriders": overriders}
    if members:
        rule["targetCluster"] = {"clusterNames": list(members)}
    return document("OverridePolicy", name, api=POLICY, spec={"resourceSelectors": [selected], "overrideRules": [rule]})


def definition(group: str, *versions: str) -> str:
    """Widgets of a group, served in these versions, stored in the first."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    spec = {
        "group": group,
        "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
        "versions": [{"name": name, "served": True, "storage": name == versions[0], "schema": schema} for name in versions],
    }
    return document("CustomResourceDefinition", f"widgets.{group}", "", api="apiextensions.k8s.io/v1", spec=spec)


def widget(group: str, name: str, **spec: Any) -> str:
    return document("Widget", name, api=f"{group}/v1", spec=spec)


DEPLOYMENT = "apps/v1"


def placed(name: str, *members: str, kind: str = "Deployment", divided: bool = False, **fields: Any) -> dict[str, str]:
    """A workload and its policy, as files."""
    return {
        f"apps/{name}/workload.yaml": workload(name, kind=kind, **fields),
        f"apps/{name}/policy.yaml": policy(name, selector(kind, name, DEPLOYMENT), *members, divided=divided),
    }


def fleet(*members: str) -> dict[str, str]:
    """Cluster files and the namespace that everything is in."""
    return {f"clusters/{name}.yaml": cluster(name) for name in members} | {"namespace.yaml": document("Namespace", "shop", "")}
