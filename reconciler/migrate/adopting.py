"""`spec.adopt` of the Configuration: the leave to take over what another tool wrote; and `spec.kinds`, what it wrote of. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from reconciler.edit.object_text import FieldEdit, Wanted, change_object
from reconciler.edit.work_tree import FileEdit
from reconciler.model.adoption import Adopted
from reconciler.model.desired import DesiredState, UnknownObject
from reconciler.model.manifest import Manifest, get, gvk_of, mapping, sequence, text
from reconciler.model.settings import CONFIGURATION_TYPE

NEW_FILE = "reconciler.yaml"
_CONFIGURATION = Wanted(
    "the Configuration",
    lambda document: bool(mapping(document)) and gvk_of(document) == gvk_of(CONFIGURATION_TYPE),
)


def adopting(desired: DesiredState, tool: Adopted, kinds: Collection[UnknownObject] = ()) -> FileEdit | None:
    """The edit that lets objects of this tool be taken over: of the Configuration, or a new file where there is none. None where
    it is allowed already.

    kinds: imported objects whose kinds nothing in the repository defines. The Configuration states them from then on.
    """
    stated = sorted({(one.gvk.api_version, one.gvk.kind, _scope(one)) for one in kinds})
    if tool in desired.settings.adopt and not stated:
        return None
    file = desired.configuration or NEW_FILE
    more: dict[str, list[Any]] = {
        "adopt": [str(tool)] if tool not in desired.settings.adopt else [],
        "kinds": [{"apiVersion": api, "kind": kind, "scope": scope} for api, kind, scope in stated],
    }

    def change(content: str | None) -> str:
        new = _NEW.format(tool=tool) if content is None else content
        return change_object(file, new, _CONFIGURATION, _with(more))

    return FileEdit(file, change)


def _scope(one: UnknownObject) -> str:
    return "Namespaced" if text(one.manifest, "metadata", "namespace") else "Cluster"


def _with(more: Mapping[str, list[Any]]) -> Callable[[Manifest], list[FieldEdit]]:
    def edits(found: Manifest) -> list[FieldEdit]:
        whole = {
            name: [*present, *new]
            for name, items in more.items()
            if (new := [one for one in items if one not in (present := sequence(found, "spec", name))])
        }
        if get(found, "spec") is None:
            return [FieldEdit(("spec",), whole)]
        return [FieldEdit(("spec", name), items) for name, items in whole.items()]

    return edits


_NEW = """\
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
metadata: {{name: config}}
spec:
  # What {tool} wrote into the members is taken over, by its marks. Remove this line when the migration is over.
  adopt: [{tool}]
"""
