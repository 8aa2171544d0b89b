"""Who asks, and what he may see.

| File | What it is for |
|---|---|
| `viewer.py` | the noun of a person who asks, and of what says who it is |
"""
