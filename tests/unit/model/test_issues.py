"""Issues are told in order, and those with one cause once."""

from __future__ import annotations

from reconciler.model.issues import Issue, each_once, told_once, warning
from reconciler.model.origin import Origin


def issue(number: int, message: str = "{}: nothing fits", remedy: str = "Correct it.") -> Issue:
    subject = f"Deployment.apps shop/w{number}"
    return warning("NoClusterFit", message.format(subject), remedy, origin=Origin(f"w{number}.yaml", 1), subject=subject)


def test_each_is_told_once_in_the_order_of_files() -> None:
    issues = [issue(number) for number in (2, 0, 1, 2, 0)]
    assert each_once(issues) == (issue(0), issue(1), issue(2))


def test_one_cause_is_told_once_with_the_number_of_objects() -> None:
    (told,) = told_once([issue(number) for number in range(9, -1, -1)])
    assert told.message == (
        "10 objects (Deployment.apps shop/w0, Deployment.apps shop/w1, Deployment.apps shop/w2 and 7 more): nothing fits"
    )
    assert (str(told.origin), told.remedy, told.subject) == ("w0.yaml:1", "Correct it.", "")


def test_a_message_that_is_no_sentence_about_its_subject_stays_whole() -> None:
    (told,) = told_once(issue(number, "{} names no cluster") for number in range(4))
    assert told.message.startswith("Deployment.apps shop/w0 names no cluster (4 times: Deployment.apps shop/w0, ")


def test_each_file_is_told_by_itself() -> None:
    pointers = [warning("LfsPointer", "this is a pointer", origin=Origin(f"{number}.yaml")) for number in range(5)]
    assert told_once(pointers) == tuple(pointers)


def test_few_issues_and_other_causes_keep_their_places() -> None:
    few = [issue(number) for number in range(3)]
    assert told_once(few) == tuple(few)
    others = [issue(number, f"{{}}: reason {number}") for number in range(9)]
    assert told_once(others) == tuple(others)
    remedies = [issue(number, remedy=f"Do {number}.") for number in range(9)]
    assert told_once(remedies) == tuple(remedies)
    own = [issue(number, remedy=f"Correct Deployment.apps shop/w{number}.") for number in range(9)]
    assert len(told_once(own)) == 1
