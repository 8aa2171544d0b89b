"""Who asks, and what he may see.

| File | What it is for |
|---|---|
| `viewer.py` | the noun of a person who asks, and of what says who it is |
| `tokens.py` | tokens that read |
| `proxies.py` | people whom a reverse proxy has signed in |
| `sessions.py` | people who signed in here: signed cookies |
| `oidc.py` | the sign-in by OpenID Connect (home of authlib) |
| `doors.py` | which of them holds for a process, by its settings |
"""
