"""What Karmada's API would make of a policy or a Cluster: the object as it would be stored, and why it would be refused.

A file never passes an API server, so the defaults and the checks of its resource definitions and webhooks are made here, all
from the one document (`admit.py` is the door). Shape, enums and required fields: `load/schema.py`. What needs several objects:
`load/crosscheck.py`. Stored documents become nouns in `load/parse.py`.
"""
