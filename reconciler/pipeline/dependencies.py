"""Between the steps of all templates and their rendering: who has to follow whom, and what that changes.

Of a workload that is frozen by an error, kept without a policy, or held back by a Lazy one, nobody knows what it requires
now; what was recorded then goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.binding import RequiredBy
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedDecision
from reconciler.pipeline.compiled import Course
from reconciler.schedule.dependencies import NO_DEPENDENCIES, Dependant, Dependencies, Dependency, find_dependencies
from reconciler.transition.suspension import Terms


def follow_requirers(
    courses: Mapping[ResourceKey, Course], desired: DesiredState, interpreter: Interpreter, memo: Memo
) -> Dependencies:
    dependants = [
        Dependant(course.template, course.claim.policy, course.step.binding.targets if course.step.binding else ())
        for course in courses.values()
        if course.claim.policy is not None and course.claim.policy.propagate_deps and not _lasts(course)
    ]
    return find_dependencies(dependants, desired.templates_by_key, interpreter, memo) if dependants else NO_DEPENDENCIES


def lasting_requirers(
    courses: Mapping[ResourceKey, Course], held: Mapping[ResourceKey, RecordedDecision], followers: Dependencies
) -> frozenset[ResourceKey]:
    """Workloads for which what was recorded goes on."""
    return followers.unread.union(held, (key for key, course in courses.items() if _lasts(course)))


def following_of(course: Course, followers: Dependencies, lasting: frozenset[ResourceKey]) -> Dependency:
    """What one object has to follow; nothing that it followed is taken away while it is frozen itself."""
    before = course.previous.required_by if course.previous else ()
    stays: tuple[RequiredBy, ...] = before if course.frozen else ()
    return followers.of(course.template.key, before, lasting | {one.key for one in stays} if stays else lasting)


def settle_follower(course: Course, following: Dependency) -> Course:
    """An object that only follows has nothing to complain of, and its requirers' policies speak for it."""
    if not following.required_by:
        return course
    course = replace(course, required_by=following.required_by)
    if course.claim.policy is not None or course.frozen:
        return course
    preserve = following.preserve or course.terms.preserve
    terms = Terms(course.terms.suspension, preserve) if preserve else course.terms
    message = "" if course.decision is None else course.step.message
    return replace(course, step=replace(course.step, message=message), terms=terms)


def _lasts(course: Course) -> bool:
    kept = course.claim.policy is None and course.step.binding is not None
    return course.frozen or course.held_back or kept
