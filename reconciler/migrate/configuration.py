"""What the Configuration has to say for an import, and the edit that makes it say so. Pure; comments and order stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.edit.object_text import FieldEdit, Wanted, change_object
from reconciler.edit.work_tree import FileEdit
from reconciler.model.adoption import Adopted
from reconciler.model.desired import DesiredState, UnknownObject
from reconciler.model.manifest import Manifest, get, gvk_of, mapping, sequence, text
from reconciler.model.settings import CONFIGURATION_FILE, CONFIGURATION_TYPE

_CONFIGURATION = Wanted(
    "the Configuration",
    lambda document: bool(mapping(document)) and gvk_of(document) == gvk_of(CONFIGURATION_TYPE),
)


@dataclass(frozen=True, slots=True)
class ConfigurationNeeds:
    """What the Configuration has to say."""

    adopt: Adopted
    """The tool whose objects may be taken over."""
    expand: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    """Files of this repository that declare objects of the other tool alone."""
    ignored: tuple[Mapping[str, Any], ...] = ()
    """Rules of `spec.ignoreDifferences`."""
    repository: str = ""
    """Where an object that is expanded has files of this repository."""
    kinds: tuple[Mapping[str, Any], ...] = ()
    """Items of `spec.kinds`."""


def configuration_file(desired: DesiredState) -> str:
    """Where the Configuration is, or will be."""
    return desired.configuration or CONFIGURATION_FILE


def configuring(file: str, content: str | None, needs: ConfigurationNeeds) -> FileEdit | None:
    """The edit after which the file says what is needed; None where it does already. content: of the file; None if there is none.

    Raises DocumentError where the file cannot be edited without harm.
    """
    edit = FileEdit(file, lambda before: _configured(file, before, needs))
    return edit if edit.change(content) != content else None


def stated_kinds(unknown: Iterable[UnknownObject]) -> tuple[Mapping[str, Any], ...]:
    """The kinds of these objects, which nothing in the repository defines, as items of `spec.kinds`; sorted."""
    found = sorted({(one.gvk.api_version, one.gvk.kind, _scope(one)) for one in unknown})
    return tuple({"apiVersion": api, "kind": kind, "scope": scope} for api, kind, scope in found)


def _scope(one: UnknownObject) -> str:
    return "Namespaced" if text(one.manifest, "metadata", "namespace") else "Cluster"


def _configured(file: str, content: str | None, needs: ConfigurationNeeds) -> str:
    start = _NEW.format(tool=needs.adopt) if content is None else content
    return change_object(file, start, _CONFIGURATION, lambda found: _edits(found, needs))


def _edits(found: Manifest, needs: ConfigurationNeeds) -> list[FieldEdit]:
    lists: dict[str, Iterable[Any]] = {
        "adopt": (needs.adopt.value,),
        "expand": needs.expand,
        "exclude": needs.exclude,
        "ignoreDifferences": needs.ignored,
        "kinds": needs.kinds,
    }
    fields: dict[str, Any] = {
        name: [*present, *missing]
        for name, values in lists.items()
        if (missing := [one for one in values if one not in (present := sequence(found, "spec", name))])
    }
    if needs.repository and not text(found, "spec", "repository"):
        fields["repository"] = needs.repository
    if fields and get(found, "spec") is None:
        return [FieldEdit(("spec",), fields)]
    return [FieldEdit(("spec", name), value) for name, value in fields.items()]


_NEW = """\
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
metadata: {{name: config}}
spec:
  # What {tool} wrote into the members is taken over, by its marks. Remove this line when the migration is over.
  adopt: [{tool}]
"""
