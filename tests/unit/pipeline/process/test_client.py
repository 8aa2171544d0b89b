"""A compiler of a process that stays."""

from __future__ import annotations

import itertools

from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.client import LOADS, CachingCompiler, ThreadCompiler
from reconciler.pipeline.process.process_compiler import ProcessCompiler
from tests.support.in_memory_fleet import NOW, committed
from tests.support.shop import SHOP, config_file


async def test_revisions_that_are_refused_are_forgotten() -> None:
    """They are loaded, and no pass follows."""
    compiler = Compiler()
    client, refused = CachingCompiler(ThreadCompiler(compiler)), [SHOP | {"new.yaml": config_file(f"n{i}")} for i in range(50)]
    for files in refused:
        await client.load(*committed(files))
    remembered = [files for files in refused if not compiler.missing(committed(files)[0])]
    assert len(remembered) <= 2 * LOADS
    assert not compiler.missing(committed(SHOP)[0])


async def test_what_is_in_force_is_remembered_however_many_revisions_are_refused() -> None:
    compiler = Compiler()
    client = CachingCompiler(ThreadCompiler(compiler))
    desired = await client.load(*committed(SHOP))
    before = await client.compile(desired, RecordedState(), NOW)
    await client.next_pass()
    for number in range(50):
        await client.load(*committed(SHOP | {"new.yaml": config_file(f"n{number}")}))
    after = compiler.compile(desired, RecordedState(), NOW)
    assert all(after.templates[key].rendering is item.rendering for key, item in before.templates.items())


async def test_both_processes_forget_the_answers_about_a_revision_that_stays_refused() -> None:
    sizes = []
    async with ProcessCompiler() as process:
        client = CachingCompiler(process)
        for _ in range(6 * LOADS):
            await client.load(*committed(SHOP))
            sizes.append(process.remembered)
    assert max(sizes) == max(sizes[: 3 * LOADS])
    assert any(later < earlier for earlier, later in itertools.pairwise(sizes))
