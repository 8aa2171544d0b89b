"""`spec.adopt` of the Configuration: the leave to take over what another tool wrote. Pure."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.edit.object_text import FieldEdit, Wanted, change_object
from reconciler.edit.work_tree import FileEdit
from reconciler.model.adoption import Adopted
from reconciler.model.desired import DesiredState
from reconciler.model.manifest import Manifest, gvk_of, mapping, sequence
from reconciler.model.settings import CONFIGURATION_TYPE

NEW_FILE = "reconciler.yaml"
_CONFIGURATION = Wanted(
    "the Configuration",
    lambda document: bool(mapping(document)) and gvk_of(document) == gvk_of(CONFIGURATION_TYPE),
)


def adopting(desired: DesiredState, tool: Adopted) -> FileEdit | None:
    """The edit that lets objects of this tool be taken over: of the Configuration, or a new file where there is none. None where
    it is allowed already."""
    if tool in desired.settings.adopt:
        return None
    file = desired.configuration or NEW_FILE

    def change(text: str | None) -> str:
        if text is None:
            return _NEW.format(tool=tool)
        return change_object(file, text, _CONFIGURATION, _with(tool))

    return FileEdit(file, change)


def _with(tool: Adopted) -> Callable[[Manifest], list[FieldEdit]]:
    return lambda found: [FieldEdit(("spec", "adopt"), [*map(str, sequence(found, "spec", "adopt")), str(tool)])]


_NEW = """\
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
metadata: {{name: config}}
spec:
  # What {tool} wrote into the members is taken over, by its marks. Remove this line when the migration is over.
  adopt: [{tool}]
"""
