"""The front page of the status branch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.broken_file import BrokenFile
from reconciler.model.health import KEPT, UNOBSERVED, Health, HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.policy import Suspension
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.record.readme import readme
from tests.support.builders import Recorded, binding, config, recorded, recorded_state, status

CLUSTERS = {
    ClusterName("m2"): RecordedCluster(ClusterName("m2"), "m2.yaml", ready=False, message="no answer |\n at all"),
    ClusterName("m1"): RecordedCluster(ClusterName("m1"), "m1.yaml", objects=3, applied=2, current=1),
}


def rows(state: RecordedState) -> list[str]:
    return [line for line in readme(state).splitlines() if line.startswith("|") and not line.startswith("|---")]


def test_a_row_for_each_member() -> None:
    assert rows(RecordedState("0123456789abcdef", clusters=CLUSTERS)) == [
        "| Cluster | Ready | Objects | Applied | Current | |",
        "| m1 | yes | 3 | 2 | 1 |  |",
        "| m2 | no | 0 | 0 | 0 | `no answer \\| at all` |",
    ]
    assert "revision `0123456789ab`." in readme(RecordedState("0123456789abcdef"))


def test_a_row_for_each_problem() -> None:
    failing = status("m1", Health(HealthStatus.FAILED, "crash | loop", "CrashLoop"))
    web = recorded(binding(m1=1, m2=1), failing, status("m2", applied=False, message="refused"), message="NoClusterFit: x")
    state = recorded_state(web)
    assert rows(state)[1:] == [
        "| Object | Cluster | Health | |",
        "| Deployment.apps shop/web | | | NoClusterFit: x |",
        "| Deployment.apps shop/web | m1 | Failed | `crash \\| loop` |",
        "| Deployment.apps shop/web | m2 | Current | refused |",
    ]


def test_without_problems_it_is_one_sentence() -> None:
    web = recorded(binding(m1=1))
    assert readme(recorded_state(web)).endswith("1 resource template.\n\nEverything is applied and Current.\n")


def test_what_nobody_observes_is_not_called_current() -> None:
    state = recorded_state(recorded(binding(m1=1), status("m1", UNOBSERVED)))
    folder = RecordedCluster(
        ClusterName("m1"), "m1.yaml", objects=1, applied=1, current=1, addresses={"spec.apiEndpoint": "file:m1"}
    )
    text = readme(replace(state, clusters={folder.name: folder}))
    assert "| m1 | yes | 1 | 1 | - |  |" in text
    said = "- 1 object in folders: applied, and its health is not observed"
    assert text.endswith(f"\nNo problems. Not everything is known to be Current:\n\n{said}\n")


def test_what_is_suspended_or_kept_is_neither_a_problem_nor_current() -> None:
    suspended = recorded(binding(m1=1), status("m1", applied=False, message="it is suspended"), suspension=Suspension(True))
    kept = Health(HealthStatus.UNKNOWN, reason=KEPT)
    left = recorded(
        binding(config("left"), m1=0),
        status("m1", kept, applied=False, message="it is protected"),
        message="its template is gone",
    )
    text = readme(recorded_state(suspended, left))
    assert rows(recorded_state(suspended, left)) == ["| Cluster | Ready | Objects | Applied | Current | |"]
    assert "- 1 object suspended: nothing writes or removes it there\n- 1 object kept on a member" in text
    assert "Everything" not in text


def test_not_everything_is_well_while_a_member_cannot_be_read() -> None:
    text = readme(RecordedState("0123456789abcdef", clusters=CLUSTERS))
    assert text.endswith("- 1 member could not be read: what is said of it is what was known before\n")


def test_files_with_an_error_are_named_and_then_not_everything_is_well() -> None:
    broken = {f"apps/{name}.yaml": BrokenFile("0" * 40) for name in "gfedcba"}
    text = readme(RecordedState("0123456789abcdef", broken=broken))
    assert "7 files with an error, whose objects are not applied or stay as they are: apps/a.yaml, " in text
    assert "apps/e.yaml, …. `reconciler validate` explains it." in text
    assert "Everything" not in text


def test_the_table_of_problems_is_short() -> None:
    def failing(name: str) -> Recorded:
        return recorded(binding(config(name), m1=0), status("m1", HealthStatus.FAILED))

    text = readme(recorded_state(*[failing(f"c{number:03}") for number in range(250)]))
    assert text.count("| Failed |") == 200
    assert text.endswith("\n… and 50 more.\n")


@pytest.mark.parametrize(
    ("message", "cell"),
    [
        ("a.yaml:3: not ready (2 of 3)", "a.yaml:3: not ready (2 of 3)"),
        ("<img src=x> in a_b.yaml", "`<img src=x> in a_b.yaml`"),
        ("[click](https://example.org)", "`[click](https://example.org)`"),
        ("see https://example.org", "`see https://example.org`"),
        ("ask @everyone *now*", "`ask @everyone *now*`"),
        ("`a` ``b|", "``` `a` ``b\\| ```"),
    ],
)
def test_no_text_of_a_file_is_markup(message: str, cell: str) -> None:
    state = recorded_state(recorded(binding(m1=1), status("m1", applied=False, message=message)))
    assert rows(state)[-1] == f"| Deployment.apps shop/web | m1 | Current | {cell} |"
