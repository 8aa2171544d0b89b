"""From the file tree of one revision to `DesiredState` and its issues. Pure: bytes in, values out.

The kind of an object decides its role; its path does not. Which policy owns which template: `claim/`. How a kind behaves:
`interpreter/`.

| File | What it is for |
|---|---|
| `layout.py` | which paths of a tree are read |
| `parse_file.py` | one file → its objects and issues |
| `parse.py` | documents of Karmada's kinds and ours → typed objects |
| `customization.py` | ResourceInterpreterCustomization → typed object; checks its Lua scripts |
| `capacity.py` | the observed capacity of a Cluster → `Capacity` |
| `karmada_schemas.py` | validates Karmada's kinds and ours |
| `builtin_schemas.py` | validates the built-in kinds of Kubernetes |
| `crd_schemas.py` | validates kinds whose CustomResourceDefinition is in the repository |
| `check_templates.py` | validates the templates of one file with the last two |
| `fast_validator.py` | whether a document is valid, quickly |
| `violations.py` | why a document is not valid (the only module that imports jsonschema) |
| `unsupported_fields.py` | fields that Karmada acts on and this version does not |
| `admission/` | the defaults and checks of Karmada's API |
| `scope.py` | which kinds are namespaced |
| `crosscheck.py` | checks that need all objects of a revision |
| `assemble.py` | all parsed files → `DesiredState` |
"""
