"""Every chart, rendered by Helm 3 and Helm 4: valid objects, restricted Pods, no value without effect, no unknown value."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from docs.chart_readme import values as documented_values
from tests.e2e import test_agent_chart, test_chart
from tests.support.charts import faults, get, mistakes, unrestricted, without_effect
from tests.support.helm import AGENT_CHART, CHART, VERSIONS, Helm, Values

SETS = {CHART: test_chart.SETS, AGENT_CHART: test_agent_chart.SETS}
RENDERED = {f"{chart.name}-{name}": (chart, values) for chart, sets in SETS.items() for name, values in sets.items()}

each = pytest.mark.parametrize("chart", SETS, ids=lambda chart: chart.name)


@each
@pytest.mark.parametrize("version", VERSIONS)
def test_it_passes_the_strict_lint(helm: Callable[[str], Helm], version: str, chart: Path) -> None:
    for values in SETS[chart].values():
        assert "0 chart(s) failed" in helm(version).done("lint", "--strict", str(chart), values=values)


@pytest.mark.parametrize(("chart", "values"), RENDERED.values(), ids=RENDERED)
def test_both_versions_render_the_same_valid_objects(helm: Callable[[str], Helm], chart: Path, values: Values) -> None:
    objects = helm("helm3").template(values, chart=chart)
    assert objects == helm("helm4").template(values, chart=chart)
    assert faults(objects) == []
    assert unrestricted(objects) == []


@each
def test_every_value_is_documented_and_set_in_a_test(chart: Path) -> None:
    documented, defaults = documented_values(chart), yaml.safe_load((chart / "values.yaml").read_text())
    assert [one.path for one in documented if not one.meaning] == []
    sets = SETS[chart].values()
    assert [
        one.path for one in documented if all(get(values, one.path) in (None, get(defaults, one.path)) for values in sets)
    ] == []


@each
def test_no_value_is_without_effect(helm3: Helm, chart: Path) -> None:
    assert without_effect(helm3, chart, SETS[chart]) == []


@each
def test_the_schema_refuses_what_is_unknown_and_what_has_a_wrong_type(chart: Path) -> None:
    schema = jsonschema.Draft7Validator(json.loads((chart / "values.schema.json").read_text()))
    defaults, paths = yaml.safe_load((chart / "values.yaml").read_text()), [one.path for one in documented_values(chart)]
    assert [values for values in (defaults, *SETS[chart].values()) if not schema.is_valid(values)] == []
    assert [values for values in mistakes(paths) if schema.is_valid(values)] == []
