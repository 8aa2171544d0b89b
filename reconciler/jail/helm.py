"""How helm is called: `helm template`, with nothing that needs a cluster, a repository or a plugin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.jail.program import Program

SOURCE, VALUES = "source", "values"
"""Folders in the jail: the files of the chart, and values from elsewhere, which are no files of the chart."""


@dataclass(frozen=True, slots=True)
class Release:
    """What a chart is rendered as."""

    name: str
    namespace: str
    kube_version: str = ""
    """Of the cluster; the one that helm was built for, without it."""
    api_versions: Sequence[str] = ()
    """What the cluster serves besides what each one does: `apps/v1`, `apps/v1/Deployment`."""
    crds: bool = True
    """Whether the folder `crds` of the chart is part of the output."""


def helm_template(
    helm: Path,
    release: Release,
    contents: Mapping[str, bytes],
    *,
    folder: str = "",
    values_files: Sequence[str] = (),
    values: Sequence[str] = (),
) -> tuple[Program, dict[str, bytes]]:
    """The program, and the files that it needs.

    contents: of the source, by path. folder: of the chart, from the root of the source. values_files: from the folder of the
    chart; they count less than `values`, of which a later one counts more.
    """
    chart = f"{SOURCE}/{folder}" if folder else SOURCE
    words = ["template", f"--namespace={release.namespace}"]
    words += [f"--values={_one_item(f'{chart}/{path}')}" for path in values_files]
    words += [f"--values={VALUES}/{number}.yaml" for number in range(len(values))]
    if release.kube_version:
        words.append(f"--kube-version={release.kube_version}")
    words += [f"--api-versions={one}" for one in release.api_versions]
    words += ["--include-crds"] if release.crds else ["--skip-crds"]
    words += ["--", release.name, chart]  # What comes after is no option, whatever it begins with.
    files = {f"{SOURCE}/{path}": content for path, content in contents.items()}
    files |= {f"{VALUES}/{number}.yaml": text.encode("utf-8", "surrogateescape") for number, text in enumerate(values)}
    return Program(helm, tuple(words)), files


def _one_item(path: str) -> str:
    """A path for an option that takes a list, separated by commas, as in CSV."""
    return '"' + path.replace('"', '""') + '"' if set(path) & set(',"\n\r') else path
