"""Small objects that the tests of this room start from."""

from __future__ import annotations

from typing import Any


def manifest(api_version: str, kind: str, *, metadata: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", **(metadata or {})}, **members}


def deployment(**spec: Any) -> dict[str, Any]:
    return manifest("apps/v1", "Deployment", spec=spec)


def job(**spec: Any) -> dict[str, Any]:
    return manifest("batch/v1", "Job", spec=spec)


def pod(**spec: Any) -> dict[str, Any]:
    return manifest("v1", "Pod", spec=spec)
