"""Which of several names of one API server stays."""

from __future__ import annotations

import pytest

from reconciler.model.keys import ClusterName
from reconciler.passes.same_server import find_same_servers


@pytest.mark.parametrize(
    ("now", "recorded", "refused"),
    [
        ({"a": "1", "b": "2"}, {}, {}),
        ({"a": "1", "b": "1"}, {}, {"b": "a"}),
        ({"a": "1", "b": "1"}, {"b": "1"}, {"a": "b"}),
        ({"a": "1", "b": "1"}, {"a": "2", "b": "1"}, {"a": "b"}),
        ({"a": "1", "b": "1"}, {"a": "1", "b": "1"}, {"b": "a"}),
        ({"a": "1", "b": "1", "c": "1"}, {"c": "1"}, {"a": "c", "b": "c"}),
        ({"a": "2", "b": "1"}, {"a": "1", "b": "2"}, {}),  # The two have exchanged their names.
        ({"b": "1"}, {"a": "1"}, {"b": "a"}),  # a does not answer now.
        ({"a": "", "b": ""}, {}, {}),  # Neither may be asked.
        ({"a": "", "b": "1"}, {"a": "1"}, {"b": "a"}),
    ],
)
def test_the_name_under_which_it_was_recorded_else_the_first(
    now: dict[str, str], recorded: dict[str, str], refused: dict[str, str]
) -> None:
    found = find_same_servers(
        {ClusterName(name): one for name, one in now.items()}, {ClusterName(name): one for name, one in recorded.items()}
    )
    assert found.keys() == refused.keys()
    assert all(
        f"{name}: this cluster is a member already, as {owner} (" in found[ClusterName(name)] for name, owner in refused.items()
    )


@pytest.mark.parametrize(
    ("now", "recorded", "pulled", "refused"),
    [
        ({"a": "1", "b": "1"}, {}, {"a"}, {"a": "b"}),  # What answers itself comes before what an agent says.
        ({"a": "1", "b": "1"}, {"a": "1"}, {"a"}, {"b": "a"}),
        ({"a": "1"}, {"a": "2", "b": "1"}, {"a"}, {"a": "b"}),
        ({"a": "1", "b": "1"}, {}, {"a", "b"}, {"b": "a"}),
    ],
)
def test_a_server_that_an_agent_reports(
    now: dict[str, str], recorded: dict[str, str], pulled: set[str], refused: dict[str, str]
) -> None:
    found = find_same_servers(
        {ClusterName(name): one for name, one in now.items()},
        {ClusterName(name): one for name, one in recorded.items()},
        {ClusterName(name) for name in pulled},
    )
    assert found.keys() == refused.keys()
    assert all(f"is a member already, as {owner} (" in found[ClusterName(name)] for name, owner in refused.items())
