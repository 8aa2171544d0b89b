"""What a real kube-apiserver answers to objects where ValidatingAdmissionPolicies and the rules of CRDs apply, and its replay.

| File | What it is for |
|---|---|
| `scenes.py` | the shape of a scene, and builders for policies and bindings |
| `scenes_of_*.py` | the scenes: what is installed, and which objects are written |
| `record.py` | plays all scenes on a real API server and writes `answers.json` |
| `answers.json` | the answers, one line for each request |
| `test_answers.py` | replays them: what is judged offline equals what the server answered |
"""
