"""Text ⇄ plain documents: YAML as kubectl reads and writes it, JSON text edited in place. Sole home of PyYAML and
ruamel.yaml.

- `reader.py`: bytes of a file, or the text of a field → documents with their lines. `positions.py`: the line of one
  value, asked for when there is a complaint.
- `writer.py`: documents → the YAML text that Kubernetes' own tools would write.
- `edit.py`: changes to a file that somebody else wrote, keeping comments and order.
- `patch.py`: RFC 6902 operations on documents; `json_text.py`: the same on JSON text whose spelling must survive.

What the documents mean is not known here: roles and defaults are in `load/`, kinds in `interpreter/`, and where a
value is read or changed by path in `model/manifest.py`.
"""
