"""From the file tree of one revision to `DesiredState` and its issues. Pure: bytes in, values out.

The kind of an object decides its role; its path does not. Which policy owns which template: `claim/`. How a kind behaves:
`interpreter/`.

| File | What it is for |
|---|---|
| `encrypted.py` | files that SOPS encrypted: templates with seals in place of values |
| `member_output.py` | files that a directory member wrote into the repository, which are no templates |
| `layout.py` | which paths of a tree are read |
| `charts.py` | Chart and Kustomize objects: the folders that they name, and what is wrong with these |
| `nested.py`, `patched.py` | objects in their files that are to be expanded themselves; what patches make of these |
| `expanded_templates.py` | the templates of such objects, with what is known of their files |
| `expanded_from.py` | that knowledge: an annotation, written and read |
| `translate.py`, `translation.py` | objects of Flux and Argo CD that are expanded as Charts and Kustomizes are; their nouns |
| `flux.py` | HelmRelease and Kustomization → Chart and Kustomize |
| `argocd.py` | Application → a Chart or Kustomize for each of its sources |
| `not_expanded.py` | fields of these that have no effect here |
| `value_paths.py` | single values of Helm at a path with dots |
| `kustomization.py` | which folders and files a kustomization reads |
| `render_roots.py` | folders that Kustomize or Helm renders, whose files are no templates |
| `parse_file.py` | one file → its objects and issues |
| `parse.py` | documents of Karmada's kinds and ours → typed objects |
| `service_import_mistakes.py` | ServiceImports from which no Service can be derived |
| `inventory_mistakes.py` | rules of an inventory that make no sense |
| `window_mistakes.py` | windows of time that make no sense |
| `rollout_mistakes.py`, `check_rollouts.py` | strategies of rollouts, alone and with the clusters and policies |
| `parse_rollout.py`, `duration.py`, `share.py` | strategies of rollouts; durations; shares |
| `parse_inventory.py` | `spec.inventory` of a Configuration |
| `parse_settings.py` | the document of a Configuration → the settings |
| `parse_tenant.py` | a Tenant → typed object |
| `image_markers.py` | values that name an ImagePolicy which is not declared, or that nothing can follow |
| `parse_image_policy.py` | an ImagePolicy → typed object, and its mistakes |
| `parse_source.py` | a Source → typed object |
| `parse_autoscalers.py` | a FederatedHPA or a CronFederatedHPA → typed object |
| `autoscaler_mistakes.py` | what is wrong with one of them by itself |
| `parse_quota.py` | a FederatedResourceQuota → typed object |
| `parse_multi_cluster_service.py` | a MultiClusterService → typed object |
| `governed.py` | which Tenants count, and what their files may not declare |
| `customization.py` | ResourceInterpreterCustomization → typed object; checks its Lua scripts |
| `configuration.py` | the Configuration among the files of a revision |
| `capacity.py` | the observed capacity of a Cluster → `Capacity` |
| `schemas/` | validates documents against schemas: unknown fields, wrong types |
| `check_templates.py` | validates the templates of one file, with file and line |
| `check_order.py` | annotations about the order of objects; hooks that cannot be honoured |
| `unread_kinds.py` | kinds of a Karmada control plane that have no effect here, and what to do with each |
| `unsupported_fields.py` | fields that Karmada acts on and this version does not |
| `overrider_mistakes.py` | operations of overriders that do something else than they seem to say |
| `write_rule_mistakes.py` | rules about what is left to members that say nothing, and queries that are none |
| `admission/` | the defaults and checks of Karmada's API |
| `scope.py` | which kinds are namespaced |
| `templates.py` | objects of known scope → templates, each declared once |
| `missing_namespace.py` | templates without the namespace in which a policy names them |
| `served_kinds.py` | kinds that only the members have |
| `kind_guess.py` | which kind is meant where nothing defines it |
| `served_versions.py` | which apiVersions mean the same objects |
| `quotas.py` | the ResourceQuotas that a FederatedResourceQuota assigns, as templates |
| `asked_imports.py` | the ServiceImports that exports ask for, as templates, and the policies that place them |
| `derived_services.py` | the Services that ServiceImports ask for, as templates |
| `source_lock.py` | `reconciler.lock`: read, printed, and compared with what is wanted |
| `source_rights.py` | what files from elsewhere may not declare |
| `wanted_sources.py` | what files want from outside of the repository |
| `strict.py` | the same file where unknown fields are errors |
| `crosscheck.py` | checks that need all objects of a revision |
| `assemble.py` | all parsed files → `DesiredState` |
"""
