"""What an import adds to the Configuration."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.migrate.configuration import ConfigurationNeeds, configuration_file, configuring, stated_kinds
from reconciler.model.adoption import Adopted
from tests.support.fleet import document
from tests.support.in_memory_fleet import load

CONFIGURATION = "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\n"
KARMADA = ConfigurationNeeds(Adopted.KARMADA)
WITHOUT_SPEC = [None, CONFIGURATION, CONFIGURATION + "spec: {interval: 1m}\n"]


def configured(content: str | None, needs: ConfigurationNeeds, file: str = "reconciler.yaml") -> str:
    """The text after the edit, which is not made again."""
    edit = configuring(file, content, needs)
    assert edit is not None
    after = edit.change(content)
    assert after is not None
    assert configuring(file, after, needs) is None
    return after


def test_it_is_edited_where_it_is_and_keeps_its_comments() -> None:
    text = f"# ours\n{CONFIGURATION}metadata: {{name: c}}\nspec:\n  interval: 1m  # slow\n"
    file = configuration_file(load({"settings/c.yaml": text}))
    assert file == "settings/c.yaml"
    after = configured(text, KARMADA, file)
    assert ("# ours" in after, "# slow" in after) == (True, True)
    assert load({file: after}).settings.adopt == (Adopted.KARMADA,)


@pytest.mark.parametrize("content", WITHOUT_SPEC)
def test_everything_that_is_needed_is_stated(content: str | None) -> None:
    rule = {"group": "apps", "kind": "Deployment", "namespace": "shop", "jsonPointers": ["/spec/replicas"]}
    needs = ConfigurationNeeds(Adopted.ARGO_CD, ("Application",), ("argocd/*.yaml",), (rule,), "https://git.example.com/a.git")
    settings = load({configuration_file(load({})): configured(content, needs)}).settings
    assert (settings.adopt, settings.expand, settings.exclude) == ((Adopted.ARGO_CD,), needs.expand, needs.exclude)
    assert (len(settings.write_rules.ignored), settings.repository) == (1, needs.repository)


def test_the_next_tool_is_added_and_a_repository_that_is_stated_stays() -> None:
    first = configured(None, replace(KARMADA, repository="https://a"))
    settings = load({"reconciler.yaml": configured(first, ConfigurationNeeds(Adopted.FLUX, repository="https://b"))}).settings
    assert (settings.adopt, settings.repository) == ((Adopted.KARMADA, Adopted.FLUX), "https://a")


@pytest.mark.parametrize("content", WITHOUT_SPEC)
def test_kinds_that_nothing_defines_are_stated(content: str | None) -> None:
    """Members have the definitions from elsewhere: without this, no import with such an object would be possible."""
    widgets = {f"{name}.json": document("Widget", name, "shop", api="example.org/v1", spec={}) for name in ("a", "b")}
    desired = load(widgets)
    needs = replace(KARMADA, kinds=stated_kinds(desired.unknown))
    after = load({**widgets, "reconciler.yaml": configured(content, needs)})
    assert (after.settings.adopt, after.unknown) == ((Adopted.KARMADA,), ())
    assert [template.key.name for template in after.templates] == ["a", "b"]
