"""How a member gets its agent (`syncMode: Pull`): `token create`, `register` and `unregister`.

`token create` makes the Git credential of one agent by the API of the forge, and the rules by which it pushes the branch of its
member only. `register` puts the agent into the member and declares the Cluster; `unregister` undoes that. All plan their writes
first (`edit/planned_writes.py`). A run that was stopped is finished by the next one, and a run that finds nothing to do writes
nothing.

| File | What it is for |
|---|---|
| `request.py` | what a user requests of `register` and `unregister` |
| `manifests.py` | the objects in the member: those of `charts/reconciler-agent`, as a test proves |
| `agent_in_member.py` | which member an agent keeps already |
| `register.py` | the plan of `register`: the objects, then the Cluster file |
| `unregister.py` | the plan of `unregister`: the Cluster file, then the objects |
| `credential.py` | what a user requests of `token create`: which kind of credential, and its names |
| `token_create.py` | the plan of `token create` |
| `gitea.py`, `github.py`, `gitlab.py` | … what is special at one forge: users, tokens, rules |
| `deploy_key.py` | … a deploy key, which all forges have |
| `forge_writes.py` | … planned requests to the API of a forge |
| `credential_folder.py` | … the folder with the credential |

The shape of the objects, and how they are planned and removed, is in `install/`. The agent itself is in `agent/`; the way to a
forge is that of `notify/`.
"""
