"""Prints pages for reviewers. The formats are imported when they are asked for: Jinja costs time at the start."""

from __future__ import annotations

from reconciler.cli.options import ReviewFormat
from reconciler.cli.terminal import print_text
from reconciler.present.review_page.page import Page


def print_page(page: Page, output: ReviewFormat) -> None:
    """output: MARKDOWN or HTML."""
    if output is ReviewFormat.HTML:
        from reconciler.present.review_page.html import html_text

        print_text(html_text(page))
    else:
        from reconciler.present.review_page.markdown import markdown_text

        print_text(markdown_text(page))
