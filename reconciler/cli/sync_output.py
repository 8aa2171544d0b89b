"""How `sync`, and `apply` at the site of a member, print what they did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.cli.options import TableFormat
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.passes.result import Result
from reconciler.present.sync import plan_lines, plan_remarks, result_remarks, result_table, sync_document, sync_problems


def print_result(result: Result, output: TableFormat, more: Mapping[str, Any]) -> None:
    """The table, or the document with more fields; problems follow on stderr."""
    space = room(wide=output is TableFormat.WIDE)
    if output.document is not None:
        print_document({**sync_document(result), **more}, output.document)
    elif result.dry_run:
        print_lines(plan_lines(result, space))
        print_remarks(plan_remarks(result))
    else:
        print_lines(result_table(result, space))
        print_remarks(result_remarks(result))
    print_remarks(sync_problems(result))
