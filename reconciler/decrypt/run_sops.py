"""Runs sops for one file: the encrypted text by its standard input, the plain one by its standard output."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from contextlib import suppress

from reconciler.decrypt.keys import Keys
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.sealed import Sealed

TIMEOUT = 60.0
"""Seconds."""
LARGEST = 64 << 20
"""Bytes of a plain text."""
_GIVE_A_KEY = "Give this process a key of one of the file's recipients: --sops-age-key-file FILE, or --sops-gnupg-home FOLDER."


class DecryptError(ReconcilerError):
    """A file could not be decrypted. The message has nothing of its text."""


class NotNowError(DecryptError, TemporaryError):
    """sops did not come to an end."""


async def decrypt(file: Sealed, keys: Keys) -> bytes:
    """The plain text, in the form of the file (YAML or JSON). Raises DecryptError."""
    form = "json" if file.is_json else "yaml"
    arguments = ("decrypt", "--input-type", form, "--output-type", form, "/dev/stdin")
    code, out, said = await _run((keys.program, *arguments), file.data, keys.for_sops())
    if code == 0:
        return out
    message, remedy = explain(code, said, file)
    raise DecryptError(message, remedy=remedy)


async def _run(command: tuple[str, ...], stdin: bytes, environment: dict[str, str]) -> tuple[int, bytes, str]:
    """Exit code, standard output and standard error. The one place that starts the program. Raises DecryptError."""
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, cwd="/", start_new_session=True
        )
    except OSError as error:
        raise DecryptError(
            f"{command[0]} could not be started: {error.strerror}",
            remedy="Install sops (https://getsops.io), or name the program with --sops FILE.",
        ) from None
    try:
        async with asyncio.timeout(TIMEOUT):
            out, said = await process.communicate(stdin)
    except TimeoutError:
        message = f"sops did not come to an end within {TIMEOUT:.0f} s"
        raise NotNowError(message, remedy="Check that the services that hold the keys answer. It is tried again.") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # With gpg, which it may have started.
            await process.wait()
    if len(out) > LARGEST:
        raise DecryptError(f"the plain text has more than {LARGEST >> 20} MiB", remedy="Split the file.")
    return process.returncode or 0, out, said.decode("utf-8", "replace")


def explain(code: int, said: str, file: Sealed) -> tuple[str, str]:
    """Message and remedy for an exit code of sops (its cmd/sops/codes). Of what it said, only phrases that are known here: it may
    quote the text."""
    recipients = f"its recipients are {', '.join(file.recipients)}" if file.recipients else "it names no recipient"
    if code == _NO_KEY or "Failed to get the data key" in said:
        return f"no key of this process decrypts it; {recipients}", _GIVE_A_KEY
    if code == _MAC_DIFFERS or "MAC mismatch" in said:
        return "it was changed after SOPS encrypted it (its mac differs)", _EDIT_BY_SOPS
    if code == _NO_MAC or "Cannot decrypt MAC" in said:
        return "its mac cannot be decrypted", _EDIT_BY_SOPS
    if re.search(r"(flag provided but not defined|No help topic)", said):
        return "this sops is too old", "Install sops 3.9 or newer, or name the program with --sops FILE."
    return f"sops ended with exit code {code}", "Run `sops decrypt` on the file to see why."


_MAC_DIFFERS, _NO_MAC, _NO_KEY = 51, 52, 128
_EDIT_BY_SOPS = "Make the change again with `sops edit` on the last good version of the file."
