"""Fields without effect: each once, and none that is honoured or empty."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load import argocd, flux
from reconciler.load.not_expanded import Honoured, fields_without_effect
from reconciler.load.translation import same_form


@pytest.mark.parametrize(
    ("fields", "spec", "wanted"),
    [
        (flux.RELEASE_FIELDS, {"interval": "5m", "values": {"x": 1}, "releaseName": "a"}, []),
        (flux.RELEASE_FIELDS, {"suspend": False, "kubeConfig": {}, "install": {"crds": "Skip"}}, []),
        (flux.RELEASE_FIELDS, {"suspend": True}, ["spec.suspend"]),
        (flux.RELEASE_FIELDS, {"install": {"createNamespace": True, "crds": "Skip"}}, ["spec.install.createNamespace"]),
        (flux.RELEASE_FIELDS, {"chart": {"spec": {"chart": "a", "verify": {"x": 1}}}}, ["spec.chart.spec.verify"]),
        (
            flux.RELEASE_FIELDS,
            {"valuesFrom": [{"kind": "Secret", "new": 1}, {"kind": "Secret", "new": 2}]},
            ["spec.valuesFrom.new"],
        ),
        (
            flux.KUSTOMIZATION_FIELDS,
            {"path": "x", "wait": True, "healthChecks": [{"kind": "x"}]},
            ["spec.wait", "spec.healthChecks"],
        ),
        (argocd.FIELDS, {"destination": {"server": "https://x", "namespace": "a"}}, ["spec.destination.server"]),
        (
            argocd.FIELDS,
            {"syncPolicy": {"automated": {}, "retry": {"limit": 1}}, "source": {"kustomize": {"version": "v5"}}},
            ["spec.syncPolicy", "spec.source.kustomize.version"],
        ),
        (flux.SOURCE_FIELDS, {"url": "x", "secretRef": {"name": "a"}}, ["spec.secretRef"]),
    ],
)
def test_fields(fields: Honoured, spec: dict[str, Any], wanted: list[str]) -> None:
    found = fields_without_effect(spec, fields, {})
    assert [one.message.partition(" ")[0] for one in found] == wanted


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/shop/deploy",
        "https://git.example.com/shop/deploy.git",
        "https://user@GIT.example.com/shop/deploy/",
        "ssh://git@git.example.com:22/shop/deploy.git",
        "git@git.example.com:shop/deploy.git",
    ],
)
def test_urls_of_one_repository(url: str) -> None:
    assert same_form(url) == "git.example.com/shop/deploy"


@pytest.mark.parametrize("url", ["", "https://git.example.com", "https://git.example.com/", "nothing"])
def test_urls_of_no_repository(url: str) -> None:
    assert same_form(url) == ""
