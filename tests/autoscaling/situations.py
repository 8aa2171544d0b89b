"""Situations of one cluster: a HorizontalPodAutoscaler, the Pods of its workload, and what their metrics are at each step.

Names say what is special about each. Times are seconds before the recording.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

LONG = 3600
"""Seconds: longer than any period that matters."""


@dataclass(frozen=True)
class Pod:
    started: float | None = LONG
    ready: str | None = "True"
    """The status of the condition Ready; None where there is no such condition."""
    since: float = LONG - 5
    phase: str = "Running"
    terminating: bool = False
    requests: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: {"main": {"cpu": "100m", "memory": "100Mi"}})
    sidecar: Mapping[str, str] | None = None
    """The requests of an init container that runs as long as the Pod."""
    whole: Mapping[str, str] | None = None
    """The requests of the Pod as a whole."""


@dataclass(frozen=True)
class Usage:
    """The metrics of one step, by the place of the Pod; None where a Pod has none."""

    pods: tuple[Mapping[str, Mapping[str, str]] | None, ...] = ()
    """By container, as `metrics.k8s.io` says."""
    hits: tuple[str | None, ...] = ()
    """A custom metric of the Pods."""
    of_object: str | None = None
    age: float = 5
    """Seconds before the recording at which it was measured, over 30 seconds."""


@dataclass(frozen=True)
class Situation:
    name: str
    replicas: int
    pods: tuple[Pod, ...]
    steps: tuple[Usage, ...]
    metrics: tuple[Any, ...] = ()
    least: int = 1
    most: int = 100
    behavior: Any = None
    status_replicas: int | None = None
    """None: as many as `replicas`."""


def util(percent: int, name: str = "cpu") -> Any:
    return {"type": "Resource", "resource": {"name": name, "target": {"type": "Utilization", "averageUtilization": percent}}}


def value(amount: str, name: str = "cpu") -> Any:
    return {"type": "Resource", "resource": {"name": name, "target": {"type": "AverageValue", "averageValue": amount}}}


def container(target: Any, name: str = "main") -> Any:
    return {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": name, "target": target}}


def hits(amount: str) -> Any:
    return {"type": "Pods", "pods": {"metric": {"name": "hits"}, "target": {"type": "AverageValue", "averageValue": amount}}}


def of_service(kind: str, amount: str) -> Any:
    field = "value" if kind == "Value" else "averageValue"
    described = {"apiVersion": "v1", "kind": "Service", "name": "front"}
    return {
        "type": "Object",
        "object": {"describedObject": described, "metric": {"name": "queue"}, "target": {"type": kind, field: amount}},
    }


def used(*milli: int | None, age: float = 5) -> Usage:
    return Usage(tuple(None if one is None else {"main": {"cpu": f"{one}m", "memory": f"{one}Mi"}} for one in milli), age=age)


AT_ONCE: Any = {"scaleDown": {"stabilizationWindowSeconds": 0}}
READY, PENDING, FAILED = Pod(), Pod(phase="Pending", ready="False"), Pod(phase="Failed", ready="False")
LEAVING = Pod(terminating=True)
STARTING = Pod(started=60, ready="False", since=55)
"""Within the time in which the cpu of an unready Pod does not count."""
FRESH = Pod(started=60, ready="True", since=20)
"""Ready for less than the time over which its cpu was measured."""
SETTLED = Pod(started=60, ready="True", since=55)
NEVER_READY = Pod(started=LONG, ready="False", since=LONG - 10)
LOST = Pod(started=LONG, ready="False", since=100)
"""Was ready for long."""
NO_CONDITION = Pod(ready=None)
NO_START = Pod(started=None)


def _plain() -> Iterator[Situation]:
    """Four ready Pods at these percentages of 50."""
    for percent in (5, 24, 44, 45, 46, 49, 50, 51, 54, 55, 56, 60, 75, 99, 100, 101, 160, 400, 2000):
        yield Situation(f"{percent} % of 50", 4, (READY,) * 4, (used(*[percent] * 4),), (util(50),), behavior=AT_ONCE)
    for percent in (5, 44, 56, 100, 400):
        yield Situation(f"{percent} % of 50 without behaviour", 4, (READY,) * 4, (used(*[percent] * 4),), (util(50),))
    yield Situation("uneven", 3, (READY,) * 3, (used(10, 90, 130),), (util(50),))
    yield Situation("fraction cut off", 3, (READY,) * 3, (used(55, 55, 56),), (util(50),))
    yield Situation("target over 100", 2, (READY,) * 2, (used(400, 400),), (util(150),))
    yield Situation("without metrics in the spec", 2, (READY,) * 2, (used(160, 160),))


def _pods() -> Iterator[Situation]:
    """Pods that tell nothing, or not yet, in both directions."""
    odd = {
        "pending": PENDING,
        "failed": FAILED,
        "leaving": LEAVING,
        "starting": STARTING,
        "fresh": FRESH,
        "settled": SETTLED,
        "never ready": NEVER_READY,
        "lost": LOST,
        "no condition": NO_CONDITION,
        "no start": NO_START,
    }
    for name, pod in odd.items():
        for word, load in (("high", 150), ("low", 10), ("slightly high", 60)):
            usage = used(load, load, load, load)
            yield Situation(f"{name}, {word}", 4, (READY, READY, READY, pod), (usage,), (util(50),), behavior=AT_ONCE)
    for name, loads in {"one": (150, 150, 150, None), "two": (60, 60, None, None), "three": (400, None, None, None)}.items():
        yield Situation(f"missing {name}, up", 4, (READY,) * 4, (used(*loads),), (util(50),), behavior=AT_ONCE)
    for name, low in {"one": (10, 10, 10, None), "two": (40, 40, None, None), "three": (1, None, None, None)}.items():
        yield Situation(f"missing {name}, down", 4, (READY,) * 4, (used(*low),), (util(50),), behavior=AT_ONCE)
    yield Situation("missing, down, target over 100", 3, (READY,) * 3, (used(90, 90, None),), (util(150),), behavior=AT_ONCE)
    yield Situation("missing and pending, up", 4, (READY, READY, READY, PENDING), (used(400, 400, None, None),), (util(50),))
    yield Situation("all missing", 2, (READY,) * 2, (used(None, None),), (util(50),))
    yield Situation("all pending", 2, (PENDING,) * 2, (used(50, 50),), (util(50),))
    yield Situation("no Pods", 2, (), (used(),), (util(50),))
    yield Situation("more Pods than replicas", 2, (READY,) * 4, (used(90, 90, 90, 90),), (util(50),))
    yield Situation("fewer Pods than replicas", 6, (READY,) * 2, (used(90, 90),), (util(50),), behavior=AT_ONCE)


def _kinds() -> Iterator[Situation]:
    four = (READY,) * 4
    yield Situation("average value, up", 4, four, (used(180, 180, 180, 180),), (value("100m"),))
    yield Situation("average value, down", 4, four, (used(30, 30, 30, 30),), (value("100m"),), behavior=AT_ONCE)
    yield Situation("average value, missing", 4, four, (used(30, 30, 30, None),), (value("100m"),), behavior=AT_ONCE)
    yield Situation("average value, starting", 4, (*four[:3], STARTING), (used(150, 150, 150, 900),), (value("100m"),))
    yield Situation("memory", 4, four, (used(90, 90, 90, 90),), (util(50, "memory"),))
    yield Situation("memory of one that starts", 4, (*four[:3], STARTING), (used(90, 90, 90, 90),), (util(50, "memory"),))
    two = Pod(requests={"main": {"cpu": "100m"}, "side": {"cpu": "300m"}})
    of_two = Usage((({"main": {"cpu": "150m"}, "side": {"cpu": "10m"}}),) * 2)
    percent = {"type": "Utilization", "averageUtilization": 50}
    yield Situation("one container", 2, (two,) * 2, (of_two,), (container(percent),))
    yield Situation("another container", 2, (two,) * 2, (of_two,), (container(percent, "side"),), behavior=AT_ONCE)
    yield Situation("both containers", 2, (two,) * 2, (of_two,), (util(50),))
    yield Situation("no such container", 2, (two,) * 2, (of_two,), (container(percent, "other"),))
    yield Situation("container by value", 2, (two,) * 2, (of_two,), (container({"type": "AverageValue", "averageValue": "50m"}),))
    lacking = Pod(requests={"main": {"cpu": "100m"}, "side": {"memory": "1Mi"}})
    yield Situation("a container without request", 2, (lacking,) * 2, (of_two,), (util(50),))
    partial = Usage(({"main": {"cpu": "150m"}, "side": {"memory": "1Mi"}}, {"main": {"cpu": "150m"}, "side": {"cpu": "50m"}}))
    yield Situation("a container without usage", 2, (two,) * 2, (partial,), (util(20),))
    sidecar = Pod(sidecar={"cpu": "300m", "memory": "1Mi"})
    yield Situation("a sidecar counts", 2, (sidecar,) * 2, (used(400, 400),), (util(50),))
    whole = Pod(whole={"cpu": "400m", "memory": "1Gi"})
    yield Situation("requests of the Pod", 2, (whole,) * 2, (used(400, 400),), (util(50),))
    yield Situation("custom, up", 3, (READY,) * 3, (Usage(hits=("30", "30", "15")),), (hits("10"),))
    yield Situation("custom, tolerated", 3, (READY,) * 3, (Usage(hits=("10", "11", "11")),), (hits("10"),))
    yield Situation("custom, down", 3, (READY,) * 3, (Usage(hits=("1", "1", "1500m")),), (hits("10"),), behavior=AT_ONCE)
    yield Situation("custom, missing", 3, (READY,) * 3, (Usage(hits=("30", None, None)),), (hits("10"),))
    yield Situation("custom, starting", 3, (READY, READY, STARTING), (Usage(hits=("30", "30", "30")),), (hits("10"),))
    for word, amount in (("up", "90"), ("down", "5"), ("tolerated", "31")):
        usage = (Usage(of_object=amount),)
        yield Situation(f"object value, {word}", 3, (READY,) * 3, usage, (of_service("Value", "30"),), behavior=AT_ONCE)
        yield Situation(f"object average, {word}", 3, (READY,) * 3, usage, (of_service("AverageValue", "10"),), behavior=AT_ONCE)
    unready = (READY, READY, PENDING, LOST)
    yield Situation("object value, unready", 4, unready, (Usage(of_object="90"),), (of_service("Value", "30"),))
    yield Situation("object missing", 3, (READY,) * 3, (Usage(),), (of_service("Value", "30"),))
    both = (util(50), hits("10"))
    for word, load, count in (("first", 100, "1"), ("second", 10, "40"), ("neither", 10, "1")):
        step = Usage(used(load, load).pods, (count, count))
        yield Situation(f"two metrics, {word} counts", 2, (READY,) * 2, (step,), both, behavior=AT_ONCE)
    for word, load in (("up", 100), ("down", 10)):
        yield Situation(f"one of two metrics missing, {word}", 2, (READY,) * 2, (used(load, load),), both, behavior=AT_ONCE)


def _limits() -> Iterator[Situation]:
    four, high = (READY,) * 4, (used(400, 400, 400, 400),)
    yield Situation("0 replicas", 0, (), (used(),), (util(50),))
    yield Situation("more than the maximum", 9, (READY,) * 9, (used(*[50] * 9),), (util(50),), most=6)
    yield Situation("fewer than the minimum", 2, (READY,) * 2, (used(50, 50),), (util(50),), least=5)
    yield Situation("limited by the maximum", 4, four, high, (util(50),), most=7)
    yield Situation("limited by the minimum", 4, four, (used(1, 1, 1, 1),), (util(50),), least=3, behavior=AT_ONCE)
    yield Situation("at most twice", 4, four, high, (util(50),))
    yield Situation("1 to 4", 1, (READY,), (used(900),), (util(50),))
    up: Any = {
        "Pods": {"scaleUp": {"policies": [{"type": "Pods", "value": 3, "periodSeconds": 60}]}},
        "Percent": {"scaleUp": {"policies": [{"type": "Percent", "value": 30, "periodSeconds": 60}]}},
        "Min": {
            "scaleUp": {
                "selectPolicy": "Min",
                "policies": [
                    {"type": "Pods", "value": 3, "periodSeconds": 60},
                    {"type": "Percent", "value": 30, "periodSeconds": 60},
                ],
            }
        },
        "Disabled": {"scaleUp": {"selectPolicy": "Disabled"}},
        "tolerance": {"scaleUp": {"tolerance": "0"}},
    }
    for word, behavior in up.items():
        yield Situation(f"scaleUp {word}", 4, four, high, (util(50),), behavior=behavior)
    yield Situation("no tolerance up", 4, four, (used(51, 51, 51, 51),), (util(50),), behavior=up["tolerance"])
    down: Any = {
        "Pods": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]},
        "Percent": {"policies": [{"type": "Percent", "value": 30, "periodSeconds": 60}]},
        "Disabled": {"selectPolicy": "Disabled"},
        "tolerance": {"tolerance": "950m"},
    }
    for word, rules in down.items():
        behavior = {"scaleDown": {"stabilizationWindowSeconds": 0, **rules}}
        yield Situation(f"scaleDown {word}", 4, four, (used(5, 5, 5, 5),), (util(50),), behavior=behavior)


def _traces() -> Iterator[Situation]:
    """Several steps, some seconds apart: what is remembered between them."""

    def trace(name: str, loads: tuple[int, ...], behavior: Any = None, replicas: int = 4) -> Situation:
        steps = tuple(used(*[load] * 4) for load in loads)
        return Situation(name, replicas, (READY,) * 4, steps, (util(50),), behavior=behavior)

    down = (100, 10, 10, 10, 10)
    yield trace("falls after no window", down, AT_ONCE)
    yield trace("does not fall within five minutes", down)
    yield trace("falls after a window", down, {"scaleDown": {"stabilizationWindowSeconds": 12}})
    yield trace("rises after a window", (50, 200, 200, 200, 200), {"scaleUp": {"stabilizationWindowSeconds": 12}})
    by_one = [{"type": "Pods", "value": 1, "periodSeconds": 12}]
    yield trace("rises by one in a period", (200,) * 5, {"scaleUp": {"policies": by_one}})
    yield trace("falls by one in a period", (5,) * 5, {"scaleDown": {"stabilizationWindowSeconds": 0, "policies": by_one}})
    both = {"scaleUp": {"policies": by_one}, "scaleDown": {"stabilizationWindowSeconds": 0, "policies": by_one}}
    yield trace("up and down", (200, 5, 200, 5, 200), both)
    yield trace("defaults of a behaviour", (400, 400, 400, 5, 5), {})


def situations() -> list[Situation]:
    found = [*_plain(), *_pods(), *_kinds(), *_limits(), *_traces()]
    assert len({one.name for one in found}) == len(found)
    return found
