"""The pages of `reference/`, made from the program: its commands, the schemas of its own kinds, and the table of reasons; and
the READMEs of the charts.

`python -m docs` (`make docs`) writes them; `tests/unit/docs/test_reference_pages.py` fails when one is stale.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from docs.chart_readme import chart_readmes
from docs.reasons import GROUPS
from reconciler.cli.main import COMMANDS, app
from reconciler.cli.options import DEFAULT_CACHE
from reconciler.daemon.metrics import Metrics
from reconciler.load.schemas import karmada
from reconciler.model.keys import GroupVersionKind

REFERENCE = Path(__file__).parent / "reference"
SCHEMAS = Path(__file__).parents[1] / "schemas" / "reconciler.dev"
CONFIGURATION = SCHEMAS / "configuration_v1alpha1.json"

GENERATED = "<!-- Written by `make docs`. Do not edit: change the program instead. -->\n\n"


def pages() -> Mapping[Path, str]:
    """Path → text of every generated page; the same text for the same program."""
    makers: Mapping[str, Callable[[], str]] = {
        "commands.md": commands_page,
        "configuration.md": configuration_page,
        "metrics.md": metrics_page,
        "reasons.md": reasons_page,
        "image-policy.md": image_policy_page,
        "source.md": source_page,
        "tenant.md": tenant_page,
        "chart.md": chart_page,
        "kustomize.md": kustomize_page,
    }
    written = {REFERENCE / name: make() for name, make in makers.items()} | chart_readmes()
    return {path: GENERATED + text for path, text in written.items()}


def commands_page() -> str:
    group: Any = typer.main.get_command(app)
    links = (f"| [{name}](#{name}) | {line} |" for name, line in COMMANDS.items())
    head = [
        "# Commands",
        "",
        "What `reconciler COMMAND --help` prints, on one page. An option with a variable can also be set in the environment.",
        "",
        " ".join(group.help.split("\n\n")[-1].split()),
        "",
        "| Command | Does |",
        "|---|---|",
        *links,
        "",
    ]
    sections = (line for name in COMMANDS for line in _command(name, group.get_command(None, name)))
    return "\n".join([*head, *sections])


def _command(name: str, command: Any) -> Iterator[str]:
    if hasattr(command, "commands"):
        yield from (f"## {name}", "", command.help.partition("\n")[0], "")
        for verb, below in command.commands.items():
            yield from (
                line.replace("## ", "### ") if line.startswith("## ") else line for line in _command(f"{name} {verb}", below)
            )
        return
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [parameter for parameter in command.params if parameter.param_type_name == "option" and not parameter.hidden]
    words = " ".join(_metavar(one) if one.required else f"[{_metavar(one)}]" for one in arguments)
    yield from (f"## {name}", "", f"    reconciler {name} [OPTIONS] {words}".rstrip(), "")
    for paragraph in command.help.split("\n\n"):
        text = " ".join(paragraph.split())
        title, separator, example = text.partition(": reconciler ")
        yield from (f"{title}:\n\n    reconciler {example}" if separator else text, "")
    yield from ("| Argument or option | Variable | Default | Meaning |", "|---|---|---|---|")
    yield from (_parameter_row(parameter) for parameter in (*arguments, *options))
    yield ""


def _parameter_row(parameter: Any) -> str:
    is_argument = parameter.param_type_name == "argument"
    names = [_metavar(parameter)] if is_argument else [*parameter.opts, *parameter.secondary_opts]
    value = "" if is_argument or parameter.is_flag else f" {_metavar(parameter)}"
    shown = ", ".join(f"`{name}{value if number == 0 else ''}`" for number, name in enumerate(names))
    variable = f"`{parameter.envvar}`" if parameter.envvar else ""
    return _row(shown, variable, _default(parameter), parameter.help)


def _metavar(parameter: Any) -> str:
    if parameter.metavar:
        return str(parameter.metavar)
    kind = parameter.type_descriptor.annotation
    return "|".join(one.value for one in kind) if isinstance(kind, type) and issubclass(kind, Enum) else parameter.name.upper()


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if value == DEFAULT_CACHE:
        return "`~/.cache/reconciler`"
    if isinstance(value, bool) and value and parameter.secondary_opts:
        return f"`{parameter.opts[0]}`"
    return f"`{value.value if isinstance(value, Enum) else value}`" if value else ""


def configuration_page() -> str:
    spec = json.loads(CONFIGURATION.read_text())["properties"]["spec"]["properties"]
    lines = [
        "# Configuration",
        "",
        _CONFIGURATION_HEAD,
        "    apiVersion: reconciler.dev/v1alpha1",
        "    kind: Configuration",
        "    spec:",
        *(f"      {line}" for line in _defaults(spec)),
        "",
        "These are the defaults.",
        "",
        "| Field | Type | Default | Meaning |",
        "|---|---|---|---|",
        *_field_rows("spec", spec),
        "",
    ]
    return "\n".join(lines)


_CONFIGURATION_HEAD = """\
The settings of a config repository: one object of the kind `Configuration` (`reconciler.dev/v1alpha1`), by convention in
`reconciler.yaml`. Every field is optional, and so is the file. An unknown field or a wrong value is an error, and a revision
whose Configuration has an error changes nothing. Editors can use
[its schema](../../schemas/reconciler.dev/configuration_v1alpha1.json).
"""


def tenant_page() -> str:
    return _kind_page("Tenant", _TENANT_HEAD)


def image_policy_page() -> str:
    return _kind_page("ImagePolicy", _IMAGE_POLICY_HEAD)


def _kind_page(kind: str, about: str) -> str:
    """Every field of one of our kinds."""
    spec = karmada.schema_of(GroupVersionKind("reconciler.dev", "v1alpha1", kind))["properties"]["spec"]["properties"]
    head = [f"# {kind}", "", about, "| Field | Type | Default | Meaning |", "|---|---|---|---|"]
    return "\n".join([*head, *_field_rows("spec", spec), ""])


_IMAGE_POLICY_HEAD = """\
Which tag of an image the files of the repository are to have: an object of the kind `ImagePolicy` (`reconciler.dev/v1alpha1`),
which comments behind values name ([how to](../how-to/image-updates.md)). Editors can use
[its schema](../../schemas/reconciler.dev/imagepolicy_v1alpha1.json).
"""


_TENANT_HEAD = """\
What the files below some folders may place: an object of the kind `Tenant` (`reconciler.dev/v1alpha1`) for each team, in a folder
that no Tenant governs ([how to](../how-to/tenants.md)). What it does not list is forbidden. A revision with a Tenant that has an
error changes nothing. Editors can use [its schema](../../schemas/reconciler.dev/tenant_v1alpha1.json).
"""


def chart_page() -> str:
    return _kind_page("Chart", _CHART_HEAD)


def kustomize_page() -> str:
    return _kind_page("Kustomize", _KUSTOMIZE_HEAD)


_CHART_HEAD = """\
A Helm chart: an object of the kind `Chart` (`reconciler.dev/v1alpha1`) that policies claim, place and override as one template
([how to](../how-to/helm-and-kustomize.md)). Editors can use [its schema](../../schemas/reconciler.dev/chart_v1alpha1.json).
"""
_KUSTOMIZE_HEAD = """\
A kustomization: an object of the kind `Kustomize` (`reconciler.dev/v1alpha1`) that policies claim, place and override as one
template ([how to](../how-to/helm-and-kustomize.md)). Editors can use
[its schema](../../schemas/reconciler.dev/kustomize_v1alpha1.json).
"""


def source_page() -> str:
    return _kind_page("Source", _SOURCE_HEAD)


_SOURCE_HEAD = """\
Files from elsewhere that count as files of this repository: an object of the kind `Source` (`reconciler.dev/v1alpha1`) for each
other repository or artifact ([how to](../how-to/sources.md)). `reconciler update` pins each of them in `reconciler.lock`. Editors
can use [its schema](../../schemas/reconciler.dev/source_v1alpha1.json).
"""


def _defaults(properties: Mapping[str, Any]) -> Iterator[str]:
    """Lines of YAML; JSON's spelling of a list or text is YAML, too."""
    for name, field in properties.items():
        if "default" in field:
            yield f"{name}: {json.dumps(field['default'])}"
        elif "properties" in field:
            yield f"{name}:"
            yield from (f"  {line}" for line in _defaults(field["properties"]))


def _field_rows(prefix: str, properties: Mapping[str, Any]) -> Iterator[str]:
    for name, field in properties.items():
        path = f"{prefix}.{name}"
        default = f"`{json.dumps(field['default'])}`" if "default" in field else ""
        yield _row(f"`{path}`", _type_of(field), default, field["description"])
        items = field.get("items", {})
        yield from _field_rows(path, field.get("properties", {}) or _shared_fields(field))
        yield from _field_rows(f"{path}[]", items.get("properties", {}))


def _shared_fields(field: Mapping[str, Any]) -> dict[str, Any]:
    """Of a definition of ours that several fields share. Kubernetes and Karmada describe label selectors and affinities."""
    if field.get("$ref") != "../_definitions.json#/$defs/rolloutStrategy":
        return {}
    definitions = json.loads((SCHEMAS.parent / "_definitions.json").read_text())["$defs"]
    fields: dict[str, Any] = definitions["rolloutStrategy"]["properties"]
    return fields


def _type_of(field: Mapping[str, Any]) -> str:
    if "enum" in field:
        return " or ".join(f"`{word}`" for word in field["enum"] if isinstance(word, str))
    kind = field["type"]
    if kind == "array":
        return f"list of {'objects' if 'properties' in field['items'] else 'texts'}"
    words = {"string": "text", "integer": "whole number", "object": "mapping"}
    return " or ".join(words.get(one, one) for one in ([kind] if isinstance(kind, str) else kind))


def metrics_page() -> str:
    rows = (
        f"| `{one.name}` | {one.type} | {', '.join(f'`{label}`' for label in one.labels) or '-'} | {one.help} |"
        for one in Metrics().described()
    )
    head = [
        "# Metrics",
        "",
        "What `run` serves at `/metrics` in the text format of Prometheus ([more](../running.md#probes-and-metrics),",
        "[alerts](../operations.md#alerts)). A histogram `x` has the series `x_bucket`, `x_sum` and `x_count`. A process with",
        "`--shadow` serves some [of its own](../how-to/switch-without-fear.md).",
        "",
        "| Metric | Type | Labels | Meaning |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def reasons_page() -> str:
    lines = ["# Reasons", "", _REASONS_HEAD]
    for title, reasons in GROUPS:
        lines += [f"## {title}", "", "| Reason | Severity | Meaning | What to do |", "|---|---|---|---|"]
        lines += [_row(f"`{one.word}`", one.severity, one.meaning, one.remedy) for one in reasons]
        lines.append("")
    return "\n".join(lines)


_REASONS_HEAD = """\
Every issue ends with a reason in brackets: one word that does not change between versions. `-o json` has it as `reason`.

    apps/web.yaml:7: warning: Deployment.apps default/web: no policy selects it [Unclaimed]

After an *error*, what the file declares has no effect, and what it declared before stays as it is: neither moved nor deleted.
`validate` and `sync` then do not exit with 0. After a *warning* the declaration has an effect, which may not be the intended one.

[Operations](../operations.md#troubleshooting) describes what can fail at run time, in the members.
"""


def _row(*cells: str) -> str:
    return "| " + " | ".join(_in_cell(cell) for cell in cells) + " |"


def _in_cell(text: Any) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")
