"""Tells people and forges what happened (door: forges, chat).

| File | What it is for |
|---|---|
| `secret_file.py` | secrets from files, read again when they rotate |
"""
