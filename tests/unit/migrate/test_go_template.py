"""The part of Go's templates that ApplicationSets use."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.migrate.argocd.go_template import TemplateError, render_go

PARAMETERS: dict[str, Any] = {
    "name": "EU west",
    "path": {"basename": "web_app", "segments": ["apps", "web"]},
    "metadata": {"labels": {"env": "prod", "example.com/team": "red"}},
    "on": True,
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("a-{{ .path.basename }}-b", "a-web_app-b"),
        ('{{ index .metadata.labels "example.com/team" }}', "red"),
        ("{{ index .path.segments 1 }}", "web"),
        ('{{ .name | lower | replace " " "-" }}', "eu-west"),
        ("{{ normalize .path.basename }}", "web-app"),
        ("{{ slugify .name }}", "eu-west"),
        ('{{ default "none" .metadata.labels.missing }}', "none"),
        ('{{ .metadata.labels.env | default "none" | upper }}', "PROD"),
        ('{{ (index .metadata.labels "env") | trunc 2 }}', "pr"),
        ("x {{- .on -}} y", "xtruey"),
        ("{{/* nothing */}}{{ .missing }}", "<no value>"),
        ("{{ `raw` | quote }}", '"raw"'),
        ("no action", "no action"),
    ],
)
def test_what_is_read(template: str, text: str) -> None:
    assert render_go(template, PARAMETERS, strict=False) == text


@pytest.mark.parametrize(
    "template",
    ["{{ if .on }}a{{ end }}", "{{ range .path.segments }}{{ . }}{{ end }}", "{{ $x := 1 }}", "{{ env \"HOME\" }}", "{{ .path }}",
     "{{ .a b }}", "{{ }}", "{{ trunc .name .on }}"],
)  # fmt: skip
def test_what_is_more_is_an_error(template: str) -> None:
    with pytest.raises(TemplateError):
        render_go(template, PARAMETERS, strict=False)


def test_parentheses_in_one_another_have_an_end() -> None:
    with pytest.raises(TemplateError, match="parentheses"):
        render_go("{{ " + "(" * 5000 + ".on" + ")" * 5000 + " }}", PARAMETERS, strict=False)


def test_a_missing_field_is_an_error_where_the_set_says_so() -> None:
    with pytest.raises(TemplateError, match="not there"):
        render_go("{{ .missing }}", PARAMETERS, strict=True)
    assert render_go('{{ .missing | default "x" }}', PARAMETERS, strict=True) == "x"
