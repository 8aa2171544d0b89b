"""How long the leader takes to fold in the reports of many agents: `python -m benchmarks.agents [MEMBERS] [OBJECTS]`.

All reports changed since the last fetch, which is the worst case: each branch is read from a repository, parsed, and compared
with what its member must hold. Every member holds all objects.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.clock import stopwatch
from benchmarks.generate import git
from reconciler.model.cluster import Cluster
from reconciler.model.health import CURRENT
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.member_report import MemberReport
from reconciler.model.memo import Memo
from reconciler.model.origin import NOWHERE
from reconciler.model.recorded import ClusterStatus, RecordedCluster, RecordedState
from reconciler.model.work import RenderedManifest, Work
from reconciler.passes.member_branches import MemberBranches
from reconciler.record.fold import reported_statuses, with_reported_facts
from reconciler.record.member_reports import BRANCHES, FILE, report_file
from reconciler.repo.client import Repository

NOW = datetime(2026, 1, 1, tzinfo=UTC)
APIS = frozenset(GroupVersionKind("example.com", "v1", f"Kind{number}") for number in range(60))
REFLECTED = {"availableReplicas": 2, "observedGeneration": 3, "readyReplicas": 2, "replicas": 2, "updatedReplicas": 2}


def report(name: ClusterName, objects: int) -> MemberReport:
    keys = [ResourceKey("apps", "Deployment", "shop", f"web-{number}") for number in range(objects)]
    statuses = {key: ClusterStatus(name, True, CURRENT, digest="sha256:00", reflected=REFLECTED) for key in sorted(keys)}
    return MemberReport(RecordedCluster(name, "", apis=APIS), statuses, "3f2c1ab", "77aa", NOW, timedelta(minutes=5))


def fill(folder: Path, members: list[ClusterName], objects: int) -> None:
    git(folder, ["init", "--quiet", "--bare", "."])
    stream = bytearray()
    for name in members:
        content = report_file(report(name, objects))
        stream += f"commit refs/heads/{BRANCHES}{name}\ncommitter a <a@b> 1750000000 +0000\ndata 0\n".encode()
        stream += f"M 100644 inline {FILE}\ndata {len(content)}\n".encode() + content + b"\n\n"
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=bytes(stream), check=True)


async def fold(folder: Path, members: list[ClusterName], objects: int) -> dict[str, float]:
    clusters = [Cluster(name, sync_mode="Pull") for name in members]
    keys = sorted(report(members[0], objects).statuses)
    manifests = tuple(RenderedManifest(key, {}, "sha256:00", NOWHERE) for key in keys)
    async with await Repository.open(str(folder)) as repository:
        with stopwatch() as taken:
            reports = await MemberBranches(repository).read(clusters)
            state, memo = with_reported_facts(RecordedState(), clusters, reports), Memo()
            for name in members:
                assert reported_statuses(Work(name, manifests), reports[name], state, "3f2c1ab", NOW, memo)[keys[0]].applied
    return taken


def main() -> None:
    count, objects = (int(word) for word in (*sys.argv[1:], *("1000", "20")[len(sys.argv) - 1 :]))
    members = [ClusterName(f"m{number:04}") for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), members, objects)
        taken = asyncio.run(fold(Path(folder), members, objects))
    print(f"{count} reports of {objects} objects: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in taken.items()))


if __name__ == "__main__":
    main()
