"""What OpenSSH's programs need of the machine, told before they fail in words that nobody understands."""

from __future__ import annotations

import os
import pwd
import shutil

from reconciler.repo.failures import RepositoryError


def require_openssh(program: str, source: str) -> None:
    """Raises RepositoryError where ssh or ssh-keygen cannot work. source: what needs it, for the message."""
    if shutil.which(program) is None:
        raise RepositoryError(
            f"{source}: {program} is needed, and is not installed, or not in PATH", remedy="Install openssh-client."
        )
    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        raise RepositoryError(
            f"{source}: {program} refuses to work for a user without a name, and the id {os.getuid()} has none",
            remedy="Run the process with a user id that /etc/passwd of the image lists (runAsUser), or use https, or GPG keys.",
        ) from None
