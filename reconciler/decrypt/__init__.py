"""Decrypts what SOPS encrypted, in memory, with a key that this process was given.

| File | What it is for |
|---|---|
| `keys.py` | which keys sops may use, and how it gets them |
| `run_sops.py` | runs sops for one file, in a jail where it can be: the plain text comes by its standard output |
| `encrypt.py` | the other way: the text of a new file, by the rules of `.sops.yaml`, for an import |
| `values.py` | the encrypted and the plain text of a file → the value of each seal (`model/sealed.py`) |
| `decryptor.py` | the entrance: the values of files, kept in memory for as long as they are asked for |

The values go to `plan/unseal.py` alone, which puts them into the manifests of one member, just before these are compared with
what the member holds. Nothing before that step has a value: no compile, no worker process, no record. Nothing here writes to
a disk.
"""
