"""`validate -o sarif` writes what SARIF 2.1.0 requires."""

from __future__ import annotations

from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.issues import Issue, Severity
from reconciler.model.origin import Origin
from reconciler.present.sarif import sarif_document
from tests.unit.present.sarif_schema import LOG

ISSUES = st.builds(
    Issue,
    origin=st.builds(Origin, st.text("ab/ é%#?:.\\", max_size=9), st.integers(0, 99)),
    severity=st.sampled_from(Severity),
    reason=st.sampled_from(["UnknownKind", "Syntax", "Unclaimed"]),
    message=st.text(min_size=1, max_size=20),
    remedy=st.text(max_size=9),
)


def results(*issues: Issue) -> list[dict[str, Any]]:
    (run,) = sarif_document(issues)["runs"]
    return list(run["results"])


@given(st.lists(ISSUES, max_size=6))
def test_a_log_has_the_form_of_the_standard(issues: list[Issue]) -> None:
    document = sarif_document(issues)
    jsonschema.Draft202012Validator(LOG).validate(document)
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [issue.reason for issue in issues]


def test_a_result() -> None:
    (result,) = results(Issue(Origin("apps/a b.yaml", 3), Severity.ERROR, "UnknownKind", "no kind", "Write one."))
    assert result["level"] == "error"
    assert result["message"] == {"text": "no kind\nWrite one."}
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "apps/a%20b.yaml", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 3}}


def test_no_text_is_a_link() -> None:
    (result,) = results(Issue(Origin("a.yaml", 1), Severity.ERROR, "Syntax", "[x](https://evil.example)"))
    assert "](" not in result["message"]["text"]


def test_an_issue_that_moved_is_the_same() -> None:
    one, other, moved = (
        Issue(Origin("a.yaml", line), Severity.ERROR, "Syntax", message) for line, message in ((1, "x"), (1, "y"), (9, "x"))
    )
    prints = [result["partialFingerprints"] for result in results(one, other, moved)]
    assert prints[0] == prints[2] != prints[1]
