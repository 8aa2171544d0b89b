"""Label selectors as apimachinery reads them."""

from typing import Any

from reconciler.model.selector import InvalidSelectorError, parse_label_selector
from reconciler.model.selector_text import parse_selector_text
from tests.conformance.replay import cases, check


@cases("selectors")
def test_selectors(case: dict[str, Any]) -> None:
    given = case["input"]

    def run() -> dict[str, Any]:
        if given["operation"] == "SelectorMatch":
            return {"matches": parse_label_selector(given["selector"]).matches(given["labels"])}
        selector = parse_selector_text(given["expression"])
        return {"canonical": selector.canonical, "matches": selector.matches(given["labels"])}

    check(case, run, InvalidSelectorError)
