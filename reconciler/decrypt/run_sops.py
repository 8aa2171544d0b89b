"""Runs sops for one file; the plain text comes by its standard output.

| Keys | sops runs | Because |
|---|---|---|
| of age alone | in a jail (`jail/`) with that file and that of the keys | it needs no more, and reads what anyone may write |
| of GnuPG | as a process with an environment of its own | it starts gpg, which asks its agent by a socket |
| in a cloud or a Vault | as such a process | it asks the service by the network, and reads the service's configuration |

Where nothing can isolate a program, or `sops` is a script that starts another program, it is such a process in each case.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from contextlib import suppress
from pathlib import Path

from reconciler.decrypt.keys import Keys
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.jail.failures import Limit, LimitError, ProgramError, RunError
from reconciler.jail.isolation import Isolation
from reconciler.jail.program import Limits, Program
from reconciler.jail.programs import find_program
from reconciler.model.sealed import Sealed

TIMEOUT = 60.0
"""Seconds."""
LARGEST = 64 << 20
"""Bytes of a plain text."""
_LIMITS = Limits(seconds=TIMEOUT, output=LARGEST)
_GIVE_A_KEY = "Give this process a key of one of the file's recipients: --sops-age-key-file FILE, or --sops-gnupg-home FOLDER."


class DecryptError(ReconcilerError):
    """A file could not be decrypted. The message has nothing of its text."""


class NotNowError(DecryptError, TemporaryError):
    """sops did not come to an end."""


async def decrypt(file: Sealed, keys: Keys, isolation: Isolation | None = None) -> bytes:
    """The plain text, in the form of the file (YAML or JSON). isolation: of a jail, for keys that need nothing else; None runs
    sops as a process. Raises DecryptError."""
    form = "json" if file.is_json else "yaml"
    arguments = ("decrypt", "--input-type", form, "--output-type", form)
    found = None if isolation is None else await _in_jail(file, keys, arguments, isolation)
    if found is None:
        found = await run_sops((keys.program, *arguments, "/dev/stdin"), file.data, keys.for_sops())
    code, out, said = found
    if code == 0:
        return out
    message, remedy = explain(code, said, file)
    raise DecryptError(message, remedy=remedy)


async def _in_jail(file: Sealed, keys: Keys, arguments: tuple[str, ...], isolation: Isolation) -> tuple[int, bytes, str] | None:
    """As `run_sops`; None where a jail does not run this program. Raises DecryptError."""
    from reconciler.jail.jail import run  # late: few commands decrypt

    assert keys.age_key_file is not None  # noqa: S101 - see `Keys.need_nothing_else`
    key, name = keys.age_key_file.resolve(), "encrypted.json" if file.is_json else "encrypted.yaml"
    try:
        path = find_program("sops", Path(keys.program), search=keys.path)
        program = Program(path, (*arguments, name), keys.for_sops(), reads=(key,))
        output = await run(program, {name: file.data}, limits=_LIMITS, isolation=isolation)
    except ProgramError as error:
        return error.code, b"", error.stderr
    except LimitError as error:
        if error.limit is Limit.PROCESSES:  # gpg, because no key of age fits.
            return _NO_KEY, b"", ""
        raise _too_much(error.limit) from None
    except RunError:
        return None
    return 0, output.stdout, output.stderr


def _too_much(limit: Limit) -> DecryptError:
    if limit is Limit.TIME:
        return _endless()
    return DecryptError(f"sops reached a limit ({limit.value})", remedy="Split the file.")


def _endless() -> NotNowError:
    message = f"sops did not come to an end within {TIMEOUT:.0f} s"
    return NotNowError(message, remedy="Check that the services that hold the keys answer. It is tried again.")


async def run_sops(command: tuple[str, ...], stdin: bytes, environment: dict[str, str]) -> tuple[int, bytes, str]:
    """Exit code, standard output and standard error. Raises DecryptError."""
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
        raise _endless() from None
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
