"""Clusters that a host cluster knows become members, by the rules of `spec.inventory`.

What an inventory wrote is recorded in the Cluster file (`model/cluster_inventory.py`), so that a later look tells its fields from
those of a person, and needs no other memory.

| File | What it is for |
|---|---|
| `objects.py` | what a ClusterProfile, or a Cluster of Cluster API, says about its cluster; pure |
| `facts.py` | what a plan is made from |
| `fields.py` | the fields of a Cluster that an inventory writes, and whose they are; pure |
| `plan.py` | what a look makes of the members: new, changed, cordoned, back; pure |
| `refusals.py` | why an object does not become a member, and why members are not cordoned; pure |
| `commit.py` | the edits of the files, and the message of their commit; pure |
| `look.py` | asks the host clusters |
| `planned.py` | a look, its plan, and the files that change |
"""
