"""Whether an answer to a dry run means drift (family `diff`, dry-run): the verdict is Flux's, `drifted`.

Argo CD's verdict, `modified`, hides what only a webhook changes. For us it is a change: the object is not as it would be if it
were written now, and one write makes it so.
"""

from typing import Any

from reconciler.plan.whole_object import is_changed
from tests.conformance.replay import cases


@cases("diff", "dry-run")
def test_dry_run(case: dict[str, Any]) -> None:
    given = case["input"]
    assert is_changed(given["config"], given["dryRun"], given["live"]) == case["expect"]["drifted"], case["why"]
