"""What members hold and say now, beyond `get`: answers of kubectl, logs, Events, and the objects below one object.

Nothing here is written or recorded. A member that does not answer hides no other: it is named in the result.

| File | What it is for |
|---|---|
| `kubectl_answers.py` | asks kubectl on several members, a few at a time |
| `pods.py` | the Pods that an argument names or selects, by member and namespace |
| `later_pods.py` | Pods with some labels as they start |
| `chosen_member.py` | the one member, and the one Pod, for a command that needs exactly one |
| `logs.py` | the lines of many Pods on many members, whole lines only |
| `event_causes.py` | Events of all members, folded by cause |
| `event_stream.py` | the Events of all members as they happen |
| `labelled_events.py` | the Events about objects with some labels, and about their owners |
| `owned_objects.py` | the objects below one object, by their owner references |
| `object_tree.py` | of objects: template, binding, members and what each member made of it |
| `copy_diff.py` | one live object beside the manifest that its member must hold |
| `usage.py` | what `kubectl top` prints, as rows |
| `served_kinds.py` | the kinds that members serve, and which members lack them |
"""
