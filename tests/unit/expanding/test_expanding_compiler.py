"""A compiler whose results miss nothing: what it runs, what it remembers, and where the files come from."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconciler.expanding.expander import Expander
from reconciler.expanding.expanding_compiler import ExpandingCompiler
from reconciler.jail.failures import Limit, LimitError
from reconciler.model.issues import errors_in
from reconciler.model.recorded import RecordedState
from reconciler.model.tree import Oversized
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import CachingCompiler, ThreadCompiler
from reconciler.pipeline.process.process_compiler import ProcessCompiler
from tests.support.expanding import WordRenderer, chart_object, expanding, playground
from tests.support.in_memory_fleet import NOW, Files, committed
from tests.support.shop import cluster_file, on, policy_file
from tests.unit.pipeline.test_children import BASE, HOLDS


def small(color: str = "red") -> dict[str, str]:
    return {
        "clusters/m1.yaml": cluster_file("m1"),
        "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
        "charts/app/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: <release>}\ndata: {color: <color>}\n",
        "app.yaml": chart_object("app", values={"color": color}),
        "policy.yaml": policy_file("app", "Chart", on("m1"), api="reconciler.dev/v1alpha1"),
    }


async def compiled(compiler: ExpandingCompiler, files: Files) -> Compiled:
    desired = await compiler.load(*committed(files))
    return await compiler.compile(desired, RecordedState(), NOW)


async def test_a_compiler_in_a_process_of_its_own_gives_the_same() -> None:
    async with ProcessCompiler() as process:
        renderer = WordRenderer()
        far = playground("m1", "m2", "m3", renderer=renderer)
        far.compiler = CachingCompiler(expanding(renderer, process))
        await far.sync(BASE)
        assert far.holds() == {"m1": HOLDS, "m2": HOLDS, "m3": []}
        before = far.recorded
        await far.sync(BASE)
        assert far.requests() == {}
        assert far.recorded is before
        assert len(renderer.runs) == 1


async def test_the_result_misses_nothing() -> None:
    done = await compiled(expanding(WordRenderer()), small())
    assert done.needs.missing == ()
    assert len(done.needs.used) == 1


async def test_what_two_passes_did_not_use_is_run_again_and_nothing_before() -> None:
    renderer = WordRenderer()
    compiler = expanding(renderer)
    for color, runs in (("red", 1), ("blue", 2), ("red", 2), ("blue", 2), ("green", 3), ("green", 3), ("red", 4)):
        await compiled(compiler, small(color))
        await compiler.next_pass()
        assert len(renderer.runs) == runs, color


async def test_a_result_that_may_be_another_one_next_time_is_asked_for_in_each_pass() -> None:
    class Slow(WordRenderer):
        async def render(self, invocation: object) -> str:
            self.runs.append(invocation)  # type: ignore[arg-type]
            raise LimitError(Limit.TIME, "helm was ended")

    renderer = Slow()
    compiler = expanding(renderer)
    for runs in (1, 2):
        done = await compiled(compiler, small())
        assert [issue.reason for issue in errors_in(done.issues)] == ["RenderFailed"]
        await compiled(compiler, small())
        assert len(renderer.runs) == runs
        await compiler.next_pass()


async def test_a_program_that_is_installed_later_is_found_in_the_next_pass() -> None:
    renderer = WordRenderer()
    renderer.absent = True
    compiler = expanding(renderer)
    assert [issue.reason for issue in errors_in((await compiled(compiler, small())).issues)] == ["ProgramMissing"]
    renderer.absent = False
    await compiler.next_pass()
    assert errors_in((await compiled(compiler, small())).issues) == []


async def test_files_that_came_with_the_revision_are_not_asked_for_and_others_are() -> None:
    """A logo is no manifest, so it does not come with the revision."""
    tree, blobs = committed({**small(), "charts/app/files/logo.txt": "logo"})
    logo, asked = tree["charts/app/files/logo.txt"].blob, list[set[str]]()

    async def read(ids: Collection[str]) -> Mapping[str, bytes | Oversized]:
        asked.append(set(ids))
        return {one: blobs[one] for one in ids}

    renderer = WordRenderer()
    compiler = ExpandingCompiler(ThreadCompiler(), Expander(renderer), read)
    desired = await compiler.load(tree, {blob: content for blob, content in blobs.items() if blob != logo})
    await compiler.compile(desired, RecordedState(), NOW)
    assert asked == [{logo}]
    assert renderer.runs[0].files["source/files/logo.txt"] == b"logo"
