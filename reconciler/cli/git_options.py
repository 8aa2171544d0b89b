"""The options for Git, combined into one value."""

from __future__ import annotations

import re

import typer

from reconciler.cli.grouped_options import grouped
from reconciler.cli.options import Author, Blobless, GitCredentials, SigningKey, VerifyKeys
from reconciler.cli.source_options import reads_outside
from reconciler.repo.options import GitOptions, OutsideOptions


@reads_outside
def reading_options(outside: OutsideOptions, git_credentials: GitCredentials = None, blobless: Blobless = False) -> GitOptions:
    return GitOptions(git_credentials, blobless=blobless, outside=outside)


@reads_outside
def recording_options(
    outside: OutsideOptions,
    git_credentials: GitCredentials = None,
    blobless: Blobless = False,
    verify_keys: VerifyKeys = None,
    signing_key: SigningKey = None,
    author: Author = "",
) -> GitOptions:
    """Raises BadParameter."""
    person = re.fullmatch(r"([^<>\n]*[^<>\s])\s*<([^<>\s]+)>", author.strip()) if author else None
    if author and person is None:
        raise typer.BadParameter(f"{author!r} is no name with an address", param_hint="--author 'NAME <EMAIL>'")
    by = (person[1].strip(), person[2]) if person else None
    return GitOptions(git_credentials, verify_keys, signing_key, blobless, by, outside)


def refuse_unsigned_records(git: GitOptions) -> None:
    """Raises BadParameter where the status branch must be signed, and this process could not sign it."""
    if git.trusted_keys is not None and git.signing_key is None:
        raise typer.BadParameter(
            "with --verify-keys, what is recorded must be signed, too: name a private key whose public key is in the folder",
            param_hint="--signing-key FILE",
        )


reads_git = grouped("git", reading_options)
"""For a command that reads a repository, which may be at a URL."""
records_git = grouped("git", recording_options)
"""For a command that records what it did on the status branch."""
