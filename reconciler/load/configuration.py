"""The Configuration of a repository: the one file that is read wherever it is, and decides which others are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.load.layout import is_included
from reconciler.load.parse_file import ParsedFile, parse_file
from reconciler.model.settings import Settings


def configuration_in(files: Iterable[ParsedFile]) -> ParsedFile | None:
    """The file with the Configuration, whether its globs include it or not."""
    return next((file for file in files if settings_of_file(file) and is_included(file.path, ("**",), ())), None)


def settings_of_file(file: ParsedFile) -> Settings | None:
    return next((item.noun for item in file.objects if isinstance(item.noun, Settings)), None)


def settings_of(configuration: ParsedFile | None) -> Settings:
    """Those of the Configuration; the defaults where there is none."""
    return (configuration and settings_of_file(configuration)) or Settings()


def settings_in(contents: Mapping[str, bytes]) -> Settings:
    """Those of the Configuration among some files, by path; the defaults where there is none."""
    return settings_of(configuration_in(parse_file(path, path, data) for path, data in sorted(contents.items())))
