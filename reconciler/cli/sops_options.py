"""The options for files that SOPS encrypted, combined into one value."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.grouped_options import grouped
from reconciler.decrypt.decryptor import Decryptor
from reconciler.decrypt.keys import Keys

AgeKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--sops-age-key-file",
        envvar="RECONCILER_SOPS_AGE_KEY_FILE",
        help="Identities of age that decrypt files of SOPS, such as a mounted Secret; values are decrypted in memory only.",
        metavar="FILE",
    ),
]
GnupgHome = Annotated[
    Path | None,
    typer.Option(
        "--sops-gnupg-home",
        envvar="RECONCILER_SOPS_GNUPG_HOME",
        help="A folder of GnuPG with private keys without passphrase that decrypt files of SOPS.",
        metavar="FOLDER",
    ),
]
PassedOn = Annotated[
    list[str],
    typer.Option(
        "--sops-env",
        help="A variable of the environment that sops gets, such as AWS_PROFILE, for keys in a cloud or a Vault; may be "
        "repeated. Without any, sops reaches no such service.",
        metavar="NAME",
    ),
]
Program = Annotated[
    str,
    typer.Option("--sops", envvar="RECONCILER_SOPS", help="The program sops; by default the one in PATH.", metavar="FILE"),
]


def encrypting_keys(sops: str, sops_env: list[str]) -> Keys:
    """For files that are encrypted, which needs recipients and no identity. Raises BadParameter."""
    leave_no_core_file()
    return Keys(sops, environment=_passed_on(sops_env), path=os.environ.get("PATH", ""))


def _passed_on(names: list[str]) -> dict[str, str]:
    missing = [name for name in names if name not in os.environ]
    if missing:
        raise typer.BadParameter(f"the environment has no {', '.join(missing)}", param_hint="--sops-env NAME")
    return {name: os.environ[name] for name in names}


def decryptor_of(
    sops_age_key_file: AgeKeyFile = None,
    sops_gnupg_home: GnupgHome = None,
    sops_env: PassedOn = [],  # noqa: B006 -- typer reads it as "none given"
    sops: Program = "sops",
) -> Decryptor | None:
    """None without a key. Raises BadParameter."""
    for path, option in ((sops_age_key_file, "--sops-age-key-file"), (sops_gnupg_home, "--sops-gnupg-home")):
        if path is not None and not path.exists():
            raise typer.BadParameter(f"{path} does not exist", param_hint=option)
    keys = Keys(sops, sops_age_key_file, sops_gnupg_home, _passed_on(sops_env), os.environ.get("PATH", ""))
    if not keys:
        return None
    leave_no_core_file()
    return Decryptor(keys)


def leave_no_core_file() -> None:
    """A crash must not leave what was decrypted behind. Linux does not ask for a limit of 0 where a program takes core files; it
    does for a limit of 1 (fs/coredump.c, do_coredump), and both are too small for a file."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    limit = 0 if hard == 0 else 1
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))


decrypts = grouped("decryptor", decryptor_of)
"""For a command that compares or writes what a key decrypts."""
