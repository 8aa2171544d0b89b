"""What SARIF 2.1.0 (sections 3.13 to 3.52) requires of the parts of a log that are written here, as a JSON Schema in our words.

Every object is closed: a misspelt property of the standard, which allows none but its own, is found.
"""

from __future__ import annotations

from typing import Any


def closed(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required.split(), "additionalProperties": False}


TEXT: dict[str, Any] = {"type": "string"}
FILLED: dict[str, Any] = {"type": "string", "minLength": 1}
URI: dict[str, Any] = {"type": "string", "pattern": r"^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})+$"}
"""RFC 3986, without query and fragment."""
MESSAGE = closed("text", text=FILLED)
RULE = closed("id", id=FILLED, name=FILLED)
DRIVER = closed("name", name=FILLED, version=FILLED, rules={"type": "array", "items": RULE, "uniqueItems": True})
ARTIFACT = closed("uri", uri=URI, uriBaseId=FILLED)
REGION = closed("startLine", startLine={"type": "integer", "minimum": 1})
LOCATION = closed("physicalLocation", physicalLocation=closed("artifactLocation", artifactLocation=ARTIFACT, region=REGION))
RESULT = closed(
    "message",
    ruleId=FILLED,
    ruleIndex={"type": "integer", "minimum": 0},
    level={"enum": ["none", "note", "warning", "error"]},
    message=MESSAGE,
    locations={"type": "array", "items": LOCATION, "maxItems": 1},
    partialFingerprints={"type": "object", "additionalProperties": FILLED, "propertyNames": {"pattern": r"^\w+/v\d+$"}},
)
RUN = closed(
    "tool",
    tool=closed("driver", driver=DRIVER),
    originalUriBaseIds={"type": "object", "additionalProperties": closed("", description=MESSAGE)},
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results={"type": "array", "items": RESULT},
)
LOG = {**closed("version runs", version={"const": "2.1.0"}, runs={"type": "array", "items": RUN}), "$comment": "sarifLog"}
LOG["properties"]["$schema"] = {"type": "string", "format": "uri"}
