"""What helm and kustomize write about an error → an issue, at the file and line of the repository that they name.

They name files in their own ways: helm by the name of the chart and the path in it, kustomize by the path in the jail, which
`jail/` has made relative to the source. A line that they count in what a template renders to is not one of the template.
"""

from __future__ import annotations

import posixpath
import re

from reconciler.expand.check_kustomization import NAMES
from reconciler.expand.source_files import SourceFiles
from reconciler.model.issues import Issue, error
from reconciler.model.origin import Origin

_LONGEST = 1000
_TEMPLATE = re.compile(r"(?:template: |error at \()([^\s:()]+):(\d+)")
_NAMED = re.compile(r"(?:parse error on|error converting|failed to parse|cannot load|cannot parse) ([^\s:]+)")
_YAML_LINE = re.compile(r"yaml: line (\d+)")
_QUOTED = re.compile(r"[\w.@+~-]+(?:/[\w.@+~-]+)*")
_HINT = re.compile(r"\n*Use --debug flag.*", re.DOTALL)
_REMEDIES = (
    ("not defined", "This function does not exist there: what would tell a chart about the machine is left out by helm."),
    ("nil pointer", "Give the value that is missing, or let the template do without it."),
    ("exceeded max", "A template includes itself: end that circle."),
    ("is not in or below", "kustomize reads files only from the folder of their kustomization: move the file there."),
    ("incompatible with Kubernetes", "Choose a version of the chart for the version of the cluster."),
    ("don't meet the specifications", "Correct the values; values.schema.json of the chart says what is allowed."),
)
_OTHERWISE = "Correct what it names; the program says the same when you run it in that folder."


def explain_helm(stderr: str, source: SourceFiles, folder: str = "") -> Issue:
    """The error of `helm template`. folder: of the chart, from the root of the source."""
    message = _message(stderr)
    origin = None
    if places := _TEMPLATE.findall(message):
        # The last one is the innermost: templates include each other.
        origin = next((found for path, line in reversed(places) if (found := _in_chart(source, folder, path, int(line)))), None)
    if origin is None and (match := _NAMED.search(message)):
        line = 0 if "/templates/" in match[1] else _yaml_line(message)
        origin = _in_chart(source, folder, match[1], line) or _in_chart(source, folder, f"chart/{match[1]}", line)
    return _issue("helm", message, origin or source.origin(posixpath.join(folder, "Chart.yaml")))


def explain_kustomize(stderr: str, source: SourceFiles, folder: str = "") -> Issue:
    """The error of `kustomize build`. folder: of the kustomization, from the root of the source."""
    message = _message(stderr)
    origin = None
    for word in _QUOTED.findall(message):
        for path in (word, posixpath.normpath(posixpath.join(folder, word))):
            if path in source.contents:
                origin = source.origin(path, _yaml_line(message))
    if origin is None:
        paths = (posixpath.join(folder, name) for name in NAMES)
        origin = source.origin(next((path for path in paths if path in source.contents), folder))
    return _issue("kustomize", message, origin)


def _yaml_line(message: str) -> int:
    match = _YAML_LINE.search(message)
    return int(match[1]) if match else 0


def _message(stderr: str) -> str:
    """The text of the last error, without what comes before and after it."""
    text = _HINT.sub("", stderr.strip())
    start = text.rfind("\nError: ")
    text = text[start + 1 :] if start >= 0 else text
    return " ".join(text.removeprefix("Error: ").split())[:_LONGEST] or "it wrote no message"


def _issue(program: str, message: str, origin: Origin) -> Issue:
    remedy = next((remedy for part, remedy in _REMEDIES if part in message), _OTHERWISE)
    return error("RenderFailed", f"{program} cannot render this: {message}", remedy, origin=origin)


def _in_chart(source: SourceFiles, folder: str, path: str, line: int) -> Origin | None:
    """The place of a file that helm names by the name of its chart; of its archive, if it is packed."""
    inside = path.split("/", 1)[1] if "/" in path else path
    full = posixpath.join(folder, inside)
    if full in source.contents:
        return source.origin(full, line)
    parts = full.split("/")
    for place in range(len(parts) - 1, 0, -1):
        if parts[place - 1] == "charts":
            start = "/".join(parts[: place + 1])
            packed = sorted(one for one in source.contents if one.startswith(f"{start}-") and one.endswith(".tgz"))
            if packed:
                return source.origin(packed[0])
    return None
