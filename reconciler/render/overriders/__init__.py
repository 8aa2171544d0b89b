"""What each kind of overrider does to one manifest: pure functions `(overrider, manifest) → Patched`.

| File | What it is for |
|---|---|
| `image.py` | imageOverrider: one component of an image reference |
| `image_reference.py` | image references, parsed and formatted as in Karmada |
| `command.py` | commandOverrider and argsOverrider |
| `labels.py` | labelsOverrider and annotationsOverrider |
| `plaintext.py` | plaintext: carries out JSON patch operations (RFC 6902) and lists the changed fields; all overriders use it |
| `stored.py` | plaintext on fields that only the stored object has, because the API server fills them in |
| `fields.py` | fieldOverrider: edits of YAML or JSON text inside one field |

The results equal those of Karmada's pkg/util/overridemanager, including its oddities: a different text would restart Pods. An
overrider that cannot be applied raises OverriderError. Elsewhere: which rules apply to an object (`override.py`).
"""
