"""Control planes that all tests of a process share: started when a test first asks, and stopped once no further test does.

Three API servers that nobody asks take six hundredths of a core, with controllers nine; that is a seventh of a small machine in
two processes.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack

from tests.controlplane.start import ControlPlane, running

MEMBERS = ("m1", "m2", "m3")
WITH_CONTROLLERS = "planes"
WITHOUT = "bare_planes"


class SharedPlanes:
    """By the name of the fixture that gives them out."""

    def __init__(self) -> None:
        self.started: dict[str, tuple[list[ControlPlane], ExitStack]] = {}
        """The servers, and what stops them."""

    def of(self, fixture: str) -> list[ControlPlane]:
        if fixture not in self.started:
            ending = ExitStack()
            planes = ending.enter_context(running(MEMBERS, controllers=fixture == WITH_CONTROLLERS, audit=True))
            self.started[fixture] = planes, ending
        return self.started[fixture][0]

    def stop_all_but(self, wanted: Collection[str] = ()) -> None:
        for fixture in sorted(self.started.keys() - set(wanted)):
            self.started.pop(fixture)[1].close()
