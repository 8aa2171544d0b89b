"""What a reviewer reads first: the differences in the order in which they matter, and equal ones together. Pure.

What goes comes before what moves, what moves before what is recreated or refused, this before other numbers of replicas, these
before new policies and overrides, and these before other fields. What happens to several objects in the same way is one entry.

| File | What it is for |
|---|---|
| `outline.py` | the entrance: differences → entries |
| `entries.py` | the nouns: one class for each thing that can happen to objects |
| `relocations.py` | copies that go, come or move |
| `recreations.py` | fields that may not change |
| `scalings.py` | other numbers of replicas |
| `policies.py` | objects that get or lose a policy or an override |
| `field_changes.py` | other fields: each equal change once, with its objects |
| `teams.py` | whom an entry concerns: Tenants, or folders |
| `parts.py` | the parts in which two manifests differ |
| `copies.py` | on which members the copies of an object are, with their numbers of replicas |
"""
