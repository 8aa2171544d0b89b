"""Folders whose files another tool renders: kustomizations and Helm charts. Nothing in them is a resource template as it stands.

Their files look like objects: a base is an object without its namespace, a patch is half of one, a chart's template is no YAML at
all. So there is one warning for each such folder, and none about the files in it. Karmada's kinds and ours are read there, too:
nothing renders them. What the folder declared at the last recorded revision stays protected (`DesiredState.hidden`).

At the top of a repository, a kustomization says nothing about the other folders; only the files of the tool itself are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from reconciler.load.layout import SUFFIXES
from reconciler.load.parse_file import ParsedFile
from reconciler.model.issues import Issue, warning
from reconciler.model.origin import Origin
from reconciler.model.wording import plural

_MARKERS = {
    "kustomization.yaml": "Kustomize",
    "kustomization.yml": "Kustomize",
    "Kustomization": "Kustomize",
    "Chart.yaml": "Helm",
}
"""The file that makes a folder one of a tool: kustomize (pkg/konfig, RecognizedKustomizationFileNames), Helm (Chart.yaml)."""
_MARKER_NAMES = tuple(_MARKERS)
_CHART_PARTS = ("templates", "charts", "crds")


@dataclass(frozen=True, slots=True)
class RenderRoot:
    """One folder that a tool renders."""

    folder: str
    """Empty for the top of the repository."""
    file: str
    """The path of the file that makes it one."""
    tool: str
    """Kustomize or Helm."""

    def covers(self, path: str) -> bool:
        """Whether the file belongs to the tool."""
        if path == self.file:
            return True
        if self.folder:
            return path.startswith(f"{self.folder}/")
        first = path.partition("/")[0]
        return self.tool == "Helm" and (first in _CHART_PARTS or (first.startswith("values") and first.endswith(SUFFIXES)))


def is_marker(path: str) -> bool:
    """Whether a file of this name makes its folder a root."""
    return path.endswith(_MARKER_NAMES) and path.rpartition("/")[2] in _MARKERS


def find_roots(markers: Iterable[str], files: Mapping[str, ParsedFile]) -> list[RenderRoot]:
    """The outermost roots, sorted by path. markers: paths of the tree for which `is_marker` holds. files: by path."""
    roots: list[RenderRoot] = []
    for path in sorted(markers):
        folder, _, name = path.rpartition("/")
        if not _declares_other_kinds(files.get(path)):
            roots.append(RenderRoot(folder, path, _MARKERS[name]))
    roots.sort(key=lambda root: (root.folder.count("/"), root.folder, root.file))
    outermost: list[RenderRoot] = []
    for root in roots:
        if not any(outer.covers(root.file) or (outer.folder and outer.folder == root.folder) for outer in outermost):
            outermost.append(root)
    return sorted(outermost, key=lambda root: root.file)


def _declares_other_kinds(file: ParsedFile | None) -> bool:
    """Whether the file has only the name of a marker. Flux's Kustomization, for example, is an object like any other."""
    return file is not None and any(parsed.gvk.group != "kustomize.config.k8s.io" for parsed in file.objects)


def without_templates(file: ParsedFile) -> ParsedFile:
    """The file as it is read below a root: typed objects of ours and their issues, but no templates."""
    objects = tuple(parsed for parsed in file.objects if parsed.noun is not None)
    return replace(file, objects=objects, issues=file.issues if objects else ())


def root_issue(root: RenderRoot, paths: Collection[str]) -> Issue:
    """The warning about a root. paths: of the files of the tree that have the suffix of a manifest."""
    place = root.folder or "the top of the repository"
    if root.tool == "Helm":
        reason, what, names = "HelmChart", "a Helm chart", f"kind: Chart and spec: {{chart: {{path: {root.folder or '.'}}}}}"
    else:
        reason, what, names = (
            "KustomizeFolder",
            "a folder for Kustomize",
            f"kind: Kustomize and spec: {{path: {root.folder or '.'}}}",
        )
    declare = f"To place what it renders to, declare an object with apiVersion: reconciler.dev/v1alpha1, {names}"
    if root.folder:
        count = sum(root.covers(path) for path in paths)
        message = f"{place} is {what}: nothing below it is read as a resource template ({plural(count, 'file')})"
        remedy = f"{declare}. Or leave it out: write {root.folder} under spec.exclude of the Configuration."
        if root.tool == "Kustomize":
            remedy += f" To read its files as they are, exclude {root.file} alone."
    else:
        message = f"{place} is {what}: the files of {root.tool} itself are not read"
        remedy = f"{declare}, or write {root.file} under spec.exclude of the Configuration."
    return warning(reason, message, remedy, origin=Origin(root.file, 1), subject=place)
