"""The arguments of the tools, of which their schemas are made: bounds, and what each means, in words for the assistant."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_NAME = rf"^([^-{_CONTROL}][^{_CONTROL}]*)?$"
"""One line that does not begin like an option; may be empty."""

Revision = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=_NAME,
        description="A commit, branch or tag of the config repository, such as HEAD, main, HEAD~3 or an id.",
    ),
]
OptionalRevision = Annotated[str, Field(max_length=200, pattern=_NAME)]
Namespace = Annotated[
    str, Field(max_length=253, pattern=_NAME, description="Only this namespace; empty for all.", examples=["shop"])
]
Cluster = Annotated[str, Field(min_length=1, max_length=253, pattern=_NAME)]
Clusters = Annotated[
    list[Cluster], Field(max_length=50, description="Only these member clusters, by their names; empty for all.")
]
Labels = Annotated[
    str,
    Field(max_length=500, pattern=_NAME, description="Only what has these labels, such as app=web,tier!=test; empty for all."),
]
Object = Annotated[
    str,
    Field(
        min_length=3,
        max_length=400,
        pattern=_NAME,
        description="The object as KIND/NAME; short names of kinds work, as in kubectl.",
        examples=["deployment/web"],
    ),
]
Word = Annotated[str, Field(min_length=1, max_length=400, pattern=_NAME)]
Words = Annotated[
    list[Word],
    Field(
        max_length=20,
        description="One kind, or several with commas, followed by names, or each object as KIND/NAME. As in kubectl.",
        examples=[["deploy,svc"], ["deployment", "web"], ["deployment/web", "service/web"]],
    ),
]
Change = Annotated[str, Field(min_length=3, max_length=400, pattern=_NAME)]
Cursor = Annotated[
    str,
    Field(
        max_length=40,
        pattern=r"^[0-9a-f:]*$",
        description="For the rest of an answer that was too long: the cursor that its last line names, with all other arguments "
        "unchanged.",
    ),
]


class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Paged(Arguments):
    cursor: Cursor = ""


class Validate(Paged):
    revision: Revision = "HEAD"
    worktree: Annotated[bool, Field(description="Check the files of the work tree as they are, committed or not.")] = False
    base: Annotated[
        OptionalRevision, Field(description="The revision whose Tenants judge it, such as the target of a pull request.")
    ] = ""
    below: Annotated[
        str, Field(max_length=500, pattern=_NAME, description="Only issues of this file or folder of the repository.")
    ] = ""
    errors_only: Annotated[bool, Field(description="Leave the warnings out.")] = False


class Diff(Paged):
    base: Annotated[OptionalRevision, Field(description="The revision to compare with; with worktree, empty for HEAD.")] = ""
    head: Annotated[Revision, Field(description="The revision with the change.")] = "HEAD"
    worktree: Annotated[bool, Field(description="The change is in the files of the work tree, in place of head.")] = False
    judges: Annotated[OptionalRevision, Field(description="The revision whose Tenants judge it; empty for the base.")] = ""
    counts_only: Annotated[bool, Field(description="Only how many objects change on each member.")] = False


class Explain(Paged):
    name: Object
    revision: Revision = "HEAD"
    namespace: Namespace = ""
    clusters: Annotated[
        list[Cluster],
        Field(max_length=50, description="Only these members, and the final manifest of each; empty for all."),
    ] = []


class Simulate(Paged):
    revision: Revision = "HEAD"
    lose: Annotated[list[Cluster], Field(max_length=50, description="Members that are gone.")] = []
    taint: Annotated[
        list[Change],
        Field(
            max_length=50, description="Taints on members, each CLUSTER:KEY[=VALUE]:EFFECT.", examples=[["m1:gpu=no:NoSchedule"]]
        ),
    ] = []
    label: Annotated[
        list[Change], Field(max_length=50, description="Labels of members, each CLUSTER:KEY=VALUE, or CLUSTER:KEY- without it.")
    ] = []
    free: Annotated[
        list[Change],
        Field(max_length=50, description="What members have free, each CLUSTER:RESOURCE=QUANTITY[,…].", examples=[["m1:cpu=4"]]),
    ] = []
    lose_each: Annotated[
        list[Literal["cluster", "zone", "region"]],
        Field(
            max_length=3, description="In place of the other changes: the loss of each cluster, zone or region, one at a time."
        ),
    ] = []
    min_available: Annotated[
        str,
        Field(max_length=10, pattern=r"^[0-9]+%?$", description="With lose_each: what a workload must keep, such as 2 or 50%."),
    ] = "1"
    labels: Annotated[Labels, Field(description="With lose_each: only workloads with these labels.")] = ""
    within: Annotated[
        str,
        Field(
            max_length=8,
            pattern=r"^([0-9]{1,6}[smh])?$",
            description="With lose and taint: which evictions begin within this time, such as 20m.",
        ),
    ] = ""


class Status(Paged):
    words: Words = []
    namespace: Namespace = ""
    clusters: Clusters = []
    labels: Labels = ""
    unhealthy: Annotated[bool, Field(description="Only objects that are not applied or not healthy everywhere.")] = False
    at: Annotated[
        str,
        Field(
            max_length=200,
            pattern=_NAME,
            description="As it was then: a revision, or a time such as 2026-01-31T12:00 or 3d (three days ago); empty for now.",
        ),
    ] = ""


class History(Paged):
    name: Annotated[
        str,
        Field(max_length=400, pattern=_NAME, description="The object as KIND/NAME; empty for all, one line for each revision."),
    ] = ""
    namespace: Namespace = ""
    clusters: Clusters = []
    since: Annotated[
        str, Field(max_length=40, pattern=_NAME, description="Only what was recorded since: 2026-01-31, or 7d, 12h, 90m.")
    ] = ""
    limit: Annotated[int, Field(ge=1, le=100, description="Only the newest entries.")] = 20


class Blame(Paged):
    name: Object
    cluster: Annotated[Cluster, Field(description="The member cluster.")]
    namespace: Namespace = ""


class Get(Paged):
    words: Annotated[Words, Field(min_length=1)]
    namespace: Annotated[Namespace, Field(description="Objects of this namespace.")] = "default"
    all_namespaces: Annotated[bool, Field(description="Objects of all namespaces.")] = False
    labels: Labels = ""
    fields: Annotated[
        str,
        Field(max_length=500, pattern=_NAME, description="Only objects with these fields, such as status.phase=Running."),
    ] = ""
    clusters: Clusters = []
    whole: Annotated[bool, Field(description="Whole objects as YAML, values of Secrets masked, in place of a table.")] = False


class File(Arguments):
    path: Annotated[
        str,
        Field(min_length=1, max_length=400, pattern=_NAME, description="In the repository, such as apps/web.yaml."),
    ]
    content: Annotated[
        str | None, Field(max_length=65536, description="All of the new content; null deletes the file.", examples=["kind: …\n"])
    ]


class Propose(Paged):
    branch: Annotated[
        str,
        Field(
            max_length=60,
            pattern=r"^[a-z0-9][a-z0-9-]*$",
            description="A new name in lower case; the branch is assistants/NAME.",
            examples=["scale-web"],
        ),
    ]
    title: Annotated[str, Field(min_length=5, max_length=100, pattern=_NAME, description="What the change does: one line.")]
    text: Annotated[str, Field(max_length=4000, description="Why, in plain words, for the people who review it.")] = ""
    files: Annotated[list[File], Field(min_length=1, max_length=20, description="The files that change.")]
    dry_run: Annotated[bool, Field(description="Only check the files; write nothing.")] = False
