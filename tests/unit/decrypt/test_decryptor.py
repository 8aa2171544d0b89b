"""When sops is run, for what, and what it gets; by a program in its place that tells."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from reconciler.decrypt.decryptor import AT_ONCE, PAUSE, Decryptor, values_of
from reconciler.decrypt.keys import Keys
from reconciler.decrypt.run_sops import DecryptError
from reconciler.decrypt.values import Plain
from reconciler.model.sealed import Sealed, seal_of

VALUE = "ENC[AES256_GCM,data:{},iv:A=,tag:B=,type:str]"
PROGRAM = """#!PYTHON
import json, os, sys, time
from pathlib import Path
folder = Path("FOLDER")
text = sys.stdin.read()
running = folder / f"running-{os.getpid()}"
running.touch()
count = len(list(folder.glob("running-*")))
said = {"argv": sys.argv[1:], "env": sorted(set(os.environ) - {"LC_CTYPE"}), "count": count, "text": text}
(folder / f"said-{os.getpid()}").write_text(json.dumps(said))
time.sleep(0.2)
running.unlink()
if not Path(os.environ["SOPS_AGE_KEY_FILE"]).read_text():
    print("hunter2 in an error", file=sys.stderr)
    sys.exit(128)
print(text.replace("ENC[AES256_GCM,data:", "plain ").replace(",iv:A=,tag:B=,type:str]", ""))
"""


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    program, key = tmp_path / "sops", tmp_path / "age.txt"
    program.write_text(PROGRAM.replace("PYTHON", sys.executable).replace("FOLDER", str(tmp_path)))
    program.chmod(0o755)
    key.write_text("AGE-SECRET-KEY-hidden")
    return Keys(program=str(program), age_key_file=key)


def file(name: str) -> Sealed:
    return Sealed(name, f"{name}.json", json.dumps({"a": VALUE.format(name)}).encode(), ("age1a",))


def said(folder: Path) -> list[dict[str, object]]:
    return [json.loads(one.read_text()) for one in sorted(folder.glob("said-*"))]


async def test_the_values_of_files(keys: Keys, tmp_path: Path) -> None:
    decryptor, files = Decryptor(keys), [file(f"f{number}") for number in range(9)]
    found = values_of(await decryptor.decrypted(files))
    assert found == {one.blob: {seal_of(VALUE.format(one.blob)): f"plain {one.blob}"} for one in files}
    runs = said(tmp_path)
    assert len(runs) == len(files)
    assert max(int(str(run["count"])) for run in runs) <= AT_ONCE
    assert {str(run["argv"]) for run in runs} == {"['decrypt', '--input-type', 'json', '--output-type', 'json', '/dev/stdin']"}
    assert all("hidden" not in json.dumps(run) and len(run["env"]) == 8 for run in runs)  # type: ignore[arg-type]


async def test_a_file_is_decrypted_once_until_it_is_forgotten(keys: Keys, tmp_path: Path) -> None:
    decryptor = Decryptor(keys)
    first = await decryptor.decrypted([file("a"), file("b"), file("a")])
    assert await decryptor.decrypted([file("a")]) == {"a": first["a"]}
    assert len(said(tmp_path)) == 2
    decryptor.forget_others([file("b")])
    again = await decryptor.decrypted([file("a"), file("b")])
    assert (again["b"], len(said(tmp_path))) == (first["b"], 3)


async def test_a_file_that_failed_is_tried_again_after_a_while(keys: Keys, tmp_path: Path) -> None:
    now = [0.0]
    assert keys.age_key_file is not None
    keys.age_key_file.write_text("")
    decryptor = Decryptor(keys, lambda: now[0])
    for _ in range(2):
        error = (await decryptor.decrypted([file("a")]))["a"]
        assert isinstance(error, DecryptError)
        assert "no key of this process decrypts it; its recipients are age1a" in str(error)
        assert "hunter2" not in str(error)
    assert len(said(tmp_path)) == 1
    keys.age_key_file.write_text("a key")
    now[0] = PAUSE
    assert isinstance((await decryptor.decrypted([file("a")]))["a"], Plain)


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    found = values_of(await Decryptor(Keys(program=str(tmp_path / "none"), age_key_file=tmp_path)).decrypted([file("a")]))
    assert "could not be started" in str(found["a"])
    assert "--sops FILE" in str(found["a"])
