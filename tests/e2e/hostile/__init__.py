"""Hostile and broken input, from a commit to the members: a clear complaint; never a crash, hang, leak, escape or prune.

    test_content.py         one file that is not what it should be: a pointer, binary, not UTF-8, a bomb, too deep, too large
    test_tree.py            what is no file, or too many of them: links, `..`, submodules, 100,000 files
    test_history.py         branches that vanish, history that is rewritten, objects that are cut short
    test_polling.py         the same at a remote, over http with credentials and over the file protocol
    test_status_branch.py   a status branch that someone else edited, and several processes at once

Every test begins with members that were synced, breaks something, runs the whole program again, and compares every byte that the
members hold.
"""
