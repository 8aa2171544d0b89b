"""From a rendered Chart or Kustomize to what a program is asked, and from its output to objects. Pure.

| File | What it is for |
|---|---|
| `requests.py` | what one cluster's copy of such an object comes to: source, values, capabilities, and the key of all that |
| `output.py` | the output of the program → objects, and what in it is not allowed |
| `rendered.py` | these objects as they are written: namespaces, marks, the names of gates |

Elsewhere: the nouns (`model/expansion.py`), the sources (`load/charts.py`), where in the pipeline this is done
(`pipeline/children.py`), who runs the program (`expanding/`).
"""
