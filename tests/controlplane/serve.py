"""`make clusters`: three real control planes to try things on, until Ctrl-C or SIGTERM. They are those of the demo."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.controlplane.demo import MEMBERS, clusters, say
from tests.controlplane.start import StartError
from tests.parts.build import BuildError, cache


def main() -> int:
    """The exit code."""
    place = cache() / "clusters.kubeconfig"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with clusters() as kubeconfig:
            _serve(kubeconfig, place)
    except (BuildError, StartError) as error:
        say(str(error))
        return 3
    except KeyboardInterrupt:
        say("The control planes are stopped.")
    finally:
        place.unlink(missing_ok=True)
    return 0


def _serve(kubeconfig: Path, place: Path) -> None:
    """Never returns: KeyboardInterrupt ends it."""
    place.parent.mkdir(parents=True, exist_ok=True)  # $KUBEBUILDER_ASSETS may have the binaries, and nothing the cache
    place.touch(mode=0o600)
    place.write_text(kubeconfig.read_text())
    say(f"Ready: {place} has the contexts {', '.join(MEMBERS)}. Ctrl-C stops them and removes what they hold.")
    while True:
        signal.pause()


if __name__ == "__main__":
    raise SystemExit(main())
