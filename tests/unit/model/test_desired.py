"""Whose uid breaks ties."""

from __future__ import annotations

from tests.support.builders import config, deployment, template


def test_a_template_keeps_the_uid_that_it_was_exported_with() -> None:
    exported = deployment()
    exported["metadata"]["uid"] = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
    assert template(exported).uid == "1b4e28ba-2fa1-11d2-883f-0016d3cca427"


def test_a_template_without_uid_has_one_that_its_key_decides() -> None:
    uids = {template(document).uid for document in (deployment("a"), deployment("b"), config("a"))}
    assert len(uids) == 3
    assert template(deployment("a", labels={"x": "y"}, replicas=7)).uid == template(deployment("a")).uid
    empty = deployment("a")
    empty["metadata"]["uid"] = ""
    assert template(empty).uid == template(deployment("a")).uid
