"""Functions that a template calls and that have no answer here: `getHostByName`, and `lookup`.

The text of templates is searched, inside `{{ }}` only, without comments and quoted text. A name that is put together while
rendering is not found; it has no answer either, because the program has no network (see `jail/`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.expand.source_files import SourceFiles
from reconciler.model.issues import Issue, error, warning

NETWORK, LOOKUP = "getHostByName", "lookup"
_NAMES = (NETWORK.encode(), LOOKUP.encode())
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*+"?|`[^`]*+`?|/\*|\}\}|(?<![\w.$])(?:getHostByName|lookup)\b|.', re.DOTALL)
_NOT_RENDERED = (".md", ".tgz", ".gz", ".png", ".svg", ".prov")


def check_calls(source: SourceFiles, place: str = "") -> Iterator[Issue]:
    """An issue for each call. place: the archive in the source that the files are packed in, for the origins."""
    for path, content in sorted(source.contents.items()):
        if path.endswith(_NOT_RENDERED) or b"\0" in content or not any(name in content for name in _NAMES):
            continue
        for line, name in calls_in(content.decode("utf-8", "replace")):
            where = f"line {line} of {path} in {place}" if place else path
            origin = source.origin(place) if place else source.origin(path, line)
            if name == NETWORK:
                message = f"{where} calls getHostByName, which would ask the network while it is rendered"
                yield error("NetworkFunction", message, "Write the address into the values.", origin=origin)
            else:
                message = f"{where} calls lookup, which finds nothing: a chart is rendered without its cluster"
                remedy = "Nothing has to be done if the template allows for that, as for a first installation."
                yield warning("LookupIsEmpty", message, remedy, origin=origin)


def calls_in(text: str) -> Iterator[tuple[int, str]]:
    """(1-based line, function) of each call, in the order of the text."""
    position, line, counted = 0, 1, 0
    while (begin := text.find("{{", position)) >= 0:
        position = begin + 2
        while token := _TOKEN.match(text, position):
            position = token.end()
            if token[0] == "}}":
                break
            if token[0] == "/*":
                end = text.find("*/", position)
                position = len(text) if end < 0 else end + 2
            elif token[0] in (NETWORK, LOOKUP):
                line += text.count("\n", counted, token.start())
                counted = token.start()
                yield line, token[0]
