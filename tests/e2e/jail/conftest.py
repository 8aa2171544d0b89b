from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.jail.harness import Canaries, canaries


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Canaries]:
    with canaries(tmp_path) as made:
        yield made
        assert made.nobody_came()
