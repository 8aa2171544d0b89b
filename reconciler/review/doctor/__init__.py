"""Why a Service is not reached from other clusters: the usual causes, one check for each, with evidence.

| File | What it is for |
|---|---|
| `facts.py` | what is known: of the repository, of the last sync, of the members now |
| `read_facts.py` | asks the members |
| `check.py` | one check and its verdict |
| `declaration_checks.py` | is it offered, placed where it should be, and do these members take part? (pure) |
| `endpoint_checks.py` | are there ready endpoints, with the ports that clients use, and do consumers have them? (pure) |
| `endpoint_counts.py` | how many endpoints each member has: its own, and those of others (pure) |
| `network_checks.py` | is the name resolved, and can packets find the Pods? (pure) |
| `diagnose.py` | all checks in their order (pure) |

Who writes the endpoints of others into a member: `endpoints/`. Nothing is written here.
"""
