"""Carrying out a change set: in order, several at once, with one outcome per change and no decisions of its own.

What to change is `plan/`; how one object reaches a member is `cluster/`.
"""
