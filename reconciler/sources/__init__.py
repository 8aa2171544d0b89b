"""Sources (door): what a revision wants from registries, chart repositories and other Git repositories, resolved and fetched.

`update` asks what there is (`Sources.resolve`); everyone else gets exactly what the lock file names (`Sources.files`), from the
store if it is there. Nothing is taken whose digest differs, and nothing is run.

| File | What it is for |
|---|---|
| `client.py` | `Sources`, the entrance |
| `update.py` | all wanted sources resolved, and what moved |
| `source_files.py` | the files that a lock file adds to a revision |
| `options.py` | where it stores, with which credentials, and its limits |
| `failures.py` | what can go wrong |
| `credential_folders.py` | which folder of `--source-credentials` is for a URL |
| `docker_config.py` | users and passwords of registries, as `docker login` and Kubernetes write them |
| `http_get.py` | one GET with limits, redirects and retries (aiohttp, whose errors stop here) |
| `tls.py` | what a server's certificate is checked with |
| `registry.py` | OCI: tags, manifest and archive of an artifact |
| `image_registries.py` | the tags of images, and their digests |
| `registry_login.py` | the token that a registry asks for |
| `chart_repository.py` | the index of a chart repository, and the archives that it names |
| `git_source.py` | a commit of another Git repository |
| `archive.py` | the archive of a source → its files, or why it is refused (`expand/archive.py`) |
| `store.py` | archives by their digest, in a folder |
| `bounded_folder.py` | a folder of files that can be had again, for this and for `expanding/` |
"""
