"""Text ⇄ plain documents: YAML as kubectl reads and writes it, edits that keep comments, and edits of JSON text.

Only this room imports PyYAML and ruamel.yaml. It does not know what documents mean: their roles and defaults are in `load/`,
kinds in `interpreter/`, and reading or changing a value by its path in `model/manifest.py`.

| File | What it is for |
|---|---|
| `reader.py` | YAML text → documents with their lines |
| `plain_reader.py` | the same for text of `writer.py`, faster |
| `json_reader.py` | `.json` files → documents |
| `document_builder.py` | events of libyaml → one document |
| `dialect.py` | refuses what libyaml accepts and kubectl does not |
| `scalars.py` | the value of a plain scalar |
| `positions.py` | the position of one value in its text |
| `json_writer.py` | documents → JSON |
| `writer.py` | documents → YAML text, as Kubernetes' tools write it |
| `key_order.py` | the order in which the writer sorts keys |
| `line_index.py` | the lines of all values of a document |
| `edit.py` | changes in a file, with comments and order kept |
| `round_trip.py` | the changes that need a whole document rewritten (the only module that imports ruamel.yaml) |
| `format.py` | text in one form: indentation, and the usual order of keys |
| `block_layout.py` | the lines of block mappings and lists, for `format.py` |
| `json_patch.py` | RFC 6902 operations on documents |
| `json_text.py` | the same operations on JSON text whose spelling must not change |
| `yaml_text.py` | the same operations on YAML text, with comments, keys and other documents kept |
| `errors.py` | errors of a text, with lines and remedies |
"""
