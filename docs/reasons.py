"""Every reason word of an issue: the source of `reference/reasons.md`.

An issue of `validate`, `diff`, `sync` and `run` ends with a reason in brackets, one CamelCase word that does not change between
versions. `tests/unit/docs/test_reasons.py` compares this table with the words that the program can report.
"""

from __future__ import annotations

from dataclasses import dataclass

ERROR, WARNING, BOTH = "error", "warning", "error or warning"


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the reference."""

    word: str
    severity: str
    """`error`: what the file declares has no effect, and what it declared before stays. `warning`: it has an effect, which may
    not be the intended one."""
    meaning: str
    remedy: str


FILES = (
    Reason("AliasBomb", ERROR, "YAML aliases expand to an excessively large document", "Write the values instead of the aliases"),
    Reason("BadMerge", ERROR, "the value of `<<` is neither a mapping nor a list of mappings", 'Quote the key: `"<<"`'),
    Reason("BadTag", ERROR, "a value cannot be read as the type that its YAML tag names", "Remove the tag"),
    Reason("ControlCharacter", ERROR, "the file contains a character that YAML does not allow", "Remove the character"),
    Reason("DuplicateKey", ERROR, "a mapping has the same key twice", "Remove one of them"),
    Reason(
        "Edit",
        ERROR,
        "`join` or `unjoin` cannot edit a file without changing more of it than the Cluster",
        "Edit the file by hand, commit it, and run the command again",
    ),
    Reason(
        "EncryptedFile",
        ERROR,
        "SOPS encrypted more of the file than values, or a policy, or its own section is gone; nothing of it is sent to a member",
        "Encrypt values only, such as with `encrypted_regex: ^(data|stringData)$` ([SOPS](../how-to/sops.md))",
    ),
    Reason(
        "HelmChart",
        WARNING,
        "the folder is a Helm chart that no Chart names; no file in it is read as a resource template",
        "Declare a Chart that names it, or leave the folder out ([Helm and Kustomize](../how-to/helm-and-kustomize.md))",
    ),
    Reason(
        "KustomizeFolder",
        WARNING,
        "the folder has a `kustomization.yaml`, and no Kustomize names it; no file in it is read as a resource template",
        "Declare a Kustomize that names it, or exclude `kustomization.yaml` alone to read the files as they are",
    ),
    Reason(
        "LfsPointer", ERROR, "the file is a Git LFS pointer, not its content", "Store the file in Git itself, or leave it out"
    ),
    Reason(
        "MemberRootInRepository",
        WARNING,
        "a folder of the repository is the folder of a directory member, with objects that a sync wrote",
        "Move `--member-root` out of the repository, or remove the folder from Git and add it to `.gitignore`",
    ),
    Reason(
        "NotAnObject",
        ERROR,
        "a document has no `apiVersion` or no `kind`",
        "Add them, or leave the file out with `spec.exclude`",
    ),
    Reason(
        "NotLookedInto",
        ERROR,
        "a symbolic link, submodule or LFS pointer took the place of files that declared objects; the objects stay",
        "Put the files back, or add the path to `spec.exclude` to give up their objects",
    ),
    Reason(
        "NotPruned",
        WARNING,
        "objects whose templates are gone are not deleted, because a file with an error may declare them",
        "Correct that file, or leave it out with `spec.exclude`",
    ),
    Reason("NotUtf8", ERROR, "the file is not UTF-8", "Save it as UTF-8"),
    Reason(
        "PathAstray",
        ERROR,
        "the path leads out of the tree or into `.git`; the file is not read",
        "Commit the file under an ordinary path",
    ),
    Reason(
        "Submodule",
        WARNING,
        "submodules are not read",
        "Declare a Source in its place ([sources](../how-to/sources.md))",
    ),
    Reason("SymbolicLink", ERROR, "symbolic links are not followed", "Replace the link with the file, or leave it out"),
    Reason("Syntax", ERROR, "the file is not the YAML or JSON that `kubectl` reads", "Correct the line that the message names"),
    Reason("TooDeep", ERROR, "mappings and lists are nested too deeply", "Write the document with fewer levels"),
    Reason("TooLarge", ERROR, "the file is larger than the limit in the message", "Split it, or leave it out"),
    Reason(
        "UnknownAnchor", ERROR, "an alias refers to an anchor that is not defined before it", "Write the value, or quote the text"
    ),
    Reason(
        "UnsupportedKey",
        ERROR,
        "a key is null, a number beyond 63 bits, a list or a mapping; or the file is a template with `{{ … }}`",
        "Quote the key, or render the template and commit the result",
    ),
    Reason("UnsupportedValue", ERROR, "JSON has no such value, such as `.inf` or `.nan`", "Quote it if it is text"),
)

EXPANSIONS = (
    Reason(
        "ChartInKustomization",
        ERROR,
        "a kustomization would have helm render a chart",
        "Declare a Chart object for it ([charts](../how-to/helm-and-kustomize.md))",
    ),
    Reason("ChartTooDeep", ERROR, "a chart is inside too many other charts", "Move it to the folder `charts` of the first one"),
    Reason(
        "EncryptedSource",
        ERROR,
        "values that SOPS encrypted are to be rendered where none is decrypted: in a file that is no file of values of this "
        "repository, below the folder of a Tenant, or as text of another object",
        "Write them into an encrypted Secret that `valuesFrom` names ([SOPS](../how-to/sops.md))",
    ),
    Reason(
        "EncryptedSwitch",
        ERROR,
        "a value of a chart that is true or false is encrypted, and decides which objects there are",
        "Leave it readable, with `encrypted_regex` ([SOPS](../how-to/sops.md))",
    ),
    Reason(
        "ExpansionCycle",
        ERROR,
        "an object would be expanded from itself, by what it builds",
        "Name another folder, or leave the object out of the files that it is built from",
    ),
    Reason(
        "ExpansionFailed",
        ERROR,
        "the output of helm or kustomize has an object that cannot be written to a member, or expanded; nothing of it is written",
        "Leave it out by values or a patch, or do as the message says",
    ),
    Reason(
        "ExpansionTooDeep", ERROR, "objects that are expanded are inside of too many others", "Declare it in a file of its own"
    ),
    Reason(
        "FieldNotExpanded",
        WARNING,
        "a field of an object of Flux or Argo CD has an effect there, and none where the object is expanded here",
        "Do as the message says, or accept that",
    ),
    Reason("InvalidReplicas", ERROR, "`spec.replicas.path` of a Chart names no number in its values", "Write the number there"),
    Reason(
        "LookupIsEmpty",
        WARNING,
        "a template calls `lookup`, which finds nothing: a chart is rendered without its cluster",
        "Nothing has to be done if the template allows for that",
    ),
    Reason(
        "NetworkFunction",
        ERROR,
        "a template or a value calls `getHostByName`, which would ask the network",
        "Write the address into the values",
    ),
    Reason("NoChart", ERROR, "a folder that is to be rendered by helm has no `Chart.yaml`", "Name the folder of a chart"),
    Reason(
        "NoKustomization",
        ERROR,
        "a folder that is to be built by kustomize has no `kustomization.yaml`, or several",
        "Name the folder of a kustomization, and keep one such file",
    ),
    Reason("NoSuchFile", ERROR, "a kustomization refers to a file or folder that is not there", "Correct the path"),
    Reason(
        "NotExpanded",
        ERROR,
        "helm or kustomize was not asked yet what an object comes to",
        "Run the command again; if it happens again, this is a mistake of Reconciler",
    ),
    Reason(
        "NotTranslatable",
        ERROR,
        "an object of Flux or Argo CD cannot be expanded here: its source is not declared, or it has what nothing does here",
        "Do as the message says, or take its kind out of `spec.expand` of the Configuration",
    ),
    Reason(
        "NotVendored",
        ERROR,
        "a dependency of a chart is not in its folder `charts`, and nothing is downloaded while rendering",
        "Run `helm dependency build` and commit the folder",
    ),
    Reason("OutputUnreadable", ERROR, "what helm or kustomize printed is no list of objects", "Correct that template"),
    Reason(
        "OutsideSource",
        ERROR,
        "a file of a chart or kustomization leads out of its folder",
        "Move the file into the folder, or name a folder further up",
    ),
    Reason(
        "ProgramMissing",
        BOTH,
        "helm or kustomize is not there, or cannot be isolated here; what it would make stays as it is (a warning of `validate`)",
        "Install the program, or name it with `--helm` or `--kustomize`",
    ),
    Reason(
        "ProgramWhileRendering",
        ERROR,
        "a kustomization would run another program or a container",
        "Use what is built into kustomize, or commit what the program makes",
    ),
    Reason(
        "RemoteResource",
        ERROR,
        "a kustomization refers to another host, and nothing is downloaded while rendering",
        "Copy the files into the repository",
    ),
    Reason(
        "RenderFailed", ERROR, "helm or kustomize refuses the chart, the kustomization or the values", "Correct what it names"
    ),
    Reason(
        "RepeatedResource", WARNING, "several sources of an Application have one object; the last one counts", "Keep one of them"
    ),
    Reason(
        "SelectsChild",
        WARNING,
        "a policy names an object that a Chart or Kustomize expands to; it has no effect on it",
        "Select the Chart or Kustomize, and change its values",
    ),
    Reason("SourceMissing", ERROR, "the folder that a Chart or Kustomize names is not there", "Write the folder that has it"),
    Reason(
        "SubstitutionUnreadable",
        ERROR,
        "an object that a Kustomization builds has an expression that is more than a variable and its default",
        "Write a plain variable, or `$${…}` for a text that is to stay",
    ),
    Reason("UnsafeArchive", ERROR, "a packed chart inside a chart is damaged, or leads out of itself", "Pack the chart again"),
    Reason(
        "ValuesMissing",
        ERROR,
        "a Chart takes values from a ConfigMap or Secret that is not declared",
        "Declare it in the same namespace, or write `optional: true`",
    ),
)

OBJECTS = (
    Reason(
        "AdmissionDenied",
        ERROR,
        "a member would refuse the object, by a ValidatingAdmissionPolicy or a rule of a CustomResourceDefinition that it gets",
        "Change the object, or the policy ([policies](../how-to/admission-policies.md))",
    ),
    Reason(
        "AdmissionNotJudged",
        WARNING,
        "whether a member would refuse the object cannot be known without its API server",
        "Ask the servers with `reconciler diff --live`, which writes nothing",
    ),
    Reason(
        "AdmissionWarned",
        WARNING,
        "a member would accept the object with a warning, by a ValidatingAdmissionPolicy",
        "Change the object, or the policy",
    ),
    Reason(
        "CredentialInRepository",
        ERROR,
        "a Secret contains a kubeconfig",
        "Remove it and revoke the credential, because it stays in the history of the repository",
    ),
    Reason("DeclaredTwice", ERROR, "two files declare the same object; neither has an effect", "Keep one of them"),
    Reason(
        "DuplicateItem",
        ERROR,
        "a list has two items with the same key fields; server-side apply refuses such a list",
        "Keep one of them",
    ),
    Reason(
        "InvalidName", ERROR, "an API server would not accept the name or namespace", "Write a name as the message describes it"
    ),
    Reason(
        "InvalidQuery",
        ERROR,
        "a query of `ignoreDifferences` is no JSON pointer, JSONPath or jq",
        "Correct the query ([examples](../how-to/leave-to-members.md))",
    ),
    Reason("InvalidScript", ERROR, "a script of a ResourceInterpreterCustomization is not valid Lua 5.1", "Correct the script"),
    Reason("InvalidValue", BOTH, "a field has a value that its kind does not allow", "Write one of the values in the message"),
    Reason(
        "KindNotServed",
        BOTH,
        "members of the placement do not serve the kind; an error if none of those that hold the object serves it any more",
        "Install the operator or the CustomResourceDefinition there, or correct the placement",
    ),
    Reason(
        "MalformedObject",
        ERROR,
        "a part of the template that the program must read has the wrong structure, such as the containers of its Pods",
        "Correct the field in the message",
    ),
    Reason("MissingField", ERROR, "a required field is missing", "Add it"),
    Reason(
        "MissingNamespace",
        ERROR,
        "a template states no namespace, and a policy names it in a namespace other than `default`",
        "Write the namespace in the message; copies that exist there stay as they are until then",
    ),
    Reason("NamespaceIgnored", WARNING, "a cluster-scoped object has `metadata.namespace`", "Remove the field"),
    Reason("NoName", ERROR, "an object has no `metadata.name`", "Write a name; `generateName` has no meaning in Git"),
    Reason(
        "RemovedVersion",
        WARNING,
        "no current Kubernetes release serves this version of the kind",
        "Write the version in the message, and check the fields: they may differ",
    ),
    Reason(
        "UnknownField",
        BOTH,
        "the kind has no such field",
        "Write the field in the message if you meant that one; otherwise remove the field",
    ),
    Reason(
        "UnknownKind",
        BOTH,
        "the kind is neither built into Kubernetes, nor defined in the repository, nor served by a member; a warning while a "
        "member was not asked yet",
        "Correct `apiVersion` and `kind`, or declare the kind ([operators' kinds](../how-to/operators-crds.md))",
    ),
    Reason(
        "UnknownVersion",
        ERROR,
        "no Kubernetes, CustomResourceDefinition of the repository or member serves the kind in this version",
        "Write a version in the message",
    ),
    Reason("WrongType", ERROR, "a field has a value of the wrong type", "Write a value of the type in the message"),
)

POLICIES = (
    Reason(
        "ApprovesNothing",
        WARNING,
        "an approval, promotion or pause of a rollout is about nothing: there is no such rollout or group",
        "Remove it, and let the commands of `reconciler rollout` write it ([rollouts](../how-to/roll-out.md))",
    ),
    Reason(
        "ClaimsNothing",
        WARNING,
        "a policy matches templates, and other policies have claimed all of them",
        "Change the policy that claims them, or remove this one",
    ),
    Reason(
        "ConnectsNothing",
        WARNING,
        "a MultiClusterService without its Service, or a ServiceImport that no ServiceExport offers",
        "Declare what is missing ([services across clusters](../how-to/services-across-clusters.md))",
    ),
    Reason(
        "DuplicateGroup",
        ERROR,
        "a strategy of a rollout has two groups with one name",
        "Give each group a name of its own",
    ),
    Reason(
        "EndpointsNotExchanged",
        WARNING,
        "a service over clusters names a member with an agent of its own, or a folder: nobody exchanges its endpoints",
        "Leave the cluster out of it, or let the reconciler write there itself (`syncMode: Push`)",
    ),
    Reason(
        "FailoverOff",
        WARNING,
        "a field says what happens when a member or an application fails, and `spec.failover` of the Configuration is off",
        "Write `spec.failover: {mode: auto}`, or `mode: propose`; or remove the field",
    ),
    Reason(
        "ForeignNamespace",
        ERROR,
        "a selector of a PropagationPolicy or OverridePolicy names another namespace",
        "Move the policy to that namespace, or write its cluster-wide kind",
    ),
    Reason(
        "InvalidJsonPath",
        WARNING,
        "a `jsonPath` of `statePreservation` cannot be read, so that its objects do not move when something fails",
        "Write a path below `status`, such as `{.jobStatus.jobID}`",
    ),
    Reason(
        "MatchesNoCluster",
        WARNING,
        "a selector of clusters, or a group of a rollout, matches no declared cluster",
        "Compare its labels and fields with those of the Cluster files",
    ),
    Reason(
        "MatchesNothing",
        WARNING,
        "a resource selector matches no template",
        "Correct apiVersion, kind, name or namespace of the selector",
    ),
    Reason(
        "MetricsNotRead",
        WARNING,
        "a FederatedHPA scales a workload on members with an agent, whose metrics are not read",
        "Make them Push members, or place the workload on Push members alone",
    ),
    Reason(
        "MissingDependency",
        WARNING,
        "a template with `propagateDeps: true` refers to an object that is not in the repository",
        "Add the object, or make sure that every cluster has it",
    ),
    Reason(
        "NeverReached",
        WARNING,
        "a group of a rollout comes after one that takes all clusters that are left",
        "Move it before that group, or write `clusters` or `clusterSelector` for that group",
    ),
    Reason(
        "NotActedOn",
        WARNING,
        "a field, value, annotation or kind has no effect in this version",
        "Remove it; [policies.md](../policies.md) says for each field what it does",
    ),
    Reason(
        "NotScalable",
        WARNING,
        "an autoscaler names a kind of which no rule says where it has replicas",
        "Write a ResourceInterpreterCustomization with `replicaResource` and `replicaRevision` for the kind",
    ),
    Reason(
        "ReferencedBindingNotFound",
        WARNING,
        "a WorkloadRebalancer names a workload that no policy claims",
        "Correct the name, or add a policy that selects the workload",
    ),
    Reason(
        "ScaleTargetNotFound",
        WARNING,
        "a FederatedHPA or a CronFederatedHPA names a workload that no policy claims, or a FederatedHPA that no file declares",
        "Correct `spec.scaleTargetRef`, or add a policy that selects the workload",
    ),
    Reason(
        "ScaledTwice",
        WARNING,
        "two autoscalers set the replicas of one workload",
        "Remove one of them; the message says which one acts",
    ),
    Reason(
        "Unclaimed",
        WARNING,
        "no policy selects the template; it is not placed, and copies that exist stay as they are",
        "Add a policy that selects it, or leave the file out with `spec.exclude`",
    ),
    Reason(
        "UnknownCluster",
        WARNING,
        "a policy, a group of a rollout, or an assignment of a FederatedResourceQuota, names a cluster that no file declares",
        "Correct the name, or declare the cluster",
    ),
    Reason(
        "UnknownRollout",
        ERROR,
        "the annotation `reconciler.dev/rollout` of a policy names a strategy that `spec.rollouts` of the Configuration lacks",
        "Correct the name, or write the strategy; `none` lets a change reach all clusters at once",
    ),
)

OVERRIDES = (
    Reason(
        "ChangesNothing",
        WARNING,
        "an overrider was applied and changed nothing in any object that it selects",
        "Correct the name, path or value in the message, or remove the overrider",
    ),
    Reason("IncompletePath", WARNING, "the path of a plaintext overrider does not begin with `/`", "Write a JSON pointer"),
    Reason(
        "InvalidImage",
        WARNING,
        "the registry or repository that an imageOverrider writes contains characters that no image name has",
        "Correct the value of the overrider",
    ),
    Reason("MissingValue", WARNING, "an overrider adds or replaces without a value, so null is written", "Write the value"),
    Reason(
        "OverriddenLater",
        WARNING,
        "a later overrider writes the same fields in every object that this one changes",
        "Remove one of them, or write both into one policy in the order in which they apply",
    ),
    Reason(
        "OverrideFailed",
        ERROR,
        "an override rule cannot be applied to an object, so the object is not rendered for these clusters",
        "Correct the rule at the file and line in the message; copies that exist stay as they are",
    ),
    Reason(
        "OverrideRenames",
        ERROR,
        "an override rule changes kind, namespace or name of the object",
        "Write a second template instead",
    ),
)

SCHEDULING = (
    Reason(
        "CompletionsFixed",
        ERROR,
        "a divided Job would have to move completions to another member, which Kubernetes does not allow",
        "Let the Job finish, or give it another name",
    ),
    Reason("DuplicateWindow", ERROR, "two windows of time have one name", "Give each window a name of its own"),
    Reason(
        "InvalidMinimum",
        WARNING,
        "the annotation `reconciler.dev/min-available` is neither a number nor a percentage",
        "Write a number, such as 2, or a percentage, such as 50%",
    ),
    Reason(
        "InvalidSchedule",
        ERROR,
        "the schedule of a window of time is none",
        "Write five fields as in crontab(5), such as `0 22 * * 1-5`",
    ),
    Reason(
        "MaximumBelowClusters",
        WARNING,
        "the maximum of an autoscaler is to be divided among more clusters than it allows replicas; each gets a maximum of 1, so "
        "that the sum is larger",
        "Raise the maximum, or place the workload on fewer clusters ([autoscalers](../how-to/autoscalers.md))",
    ),
    Reason("NeverOpen", ERROR, "a window of time has no duration", "Write a duration, such as 8h"),
    Reason(
        "NoClusterFit",
        ERROR,
        "no cluster passes all filters; the message counts the clusters for each filter",
        "Correct the placement or the Cluster files; `reconciler explain` shows the filters for each cluster",
    ),
    Reason(
        "NotDecrypted",
        ERROR,
        "the values of an object are encrypted, and this process has no key for them; its copies stay as they are",
        "Give the process a key of one of the recipients ([SOPS](../how-to/sops.md))",
    ),
    Reason(
        "OtherScheduler",
        ERROR,
        "the policy names a scheduler that is not available here",
        "Remove `spec.schedulerName`",
    ),
    Reason(
        "QuotaExceeded",
        ERROR,
        "the workloads of a namespace would request more than a FederatedResourceQuota allows; what is placed stays",
        "Lower requests or replicas, or raise `spec.overall` of the quota; the message says by how much, and where it stands",
    ),
    Reason(
        "RecipientMissing",
        ERROR,
        "an encrypted file is not encrypted for a recipient of a member on which its object is placed",
        "Correct `.sops.yaml`, and run `sops updatekeys` ([SOPS](../how-to/sops.md#who-can-decrypt-what))",
    ),
    Reason(
        "RecipientNotPlaced",
        ERROR,
        "a file is encrypted for a recipient of a member on which its object is not placed",
        "Correct `.sops.yaml`, run `sops updatekeys`, and change the value ([SOPS](../how-to/sops.md#who-can-decrypt-what))",
    ),
    Reason(
        "SchedulerError",
        ERROR,
        "the spread constraints or weights cannot be satisfied, or the replicas of the template cannot be read",
        "Correct the field in the message",
    ),
    Reason(
        "TooFewLeft",
        WARNING,
        "the loss of a cluster, zone or region leaves fewer replicas of a workload than `spec.survives` asks for",
        "Let its policy select more clusters, or lower the minimum ([how](../how-to/survive-losses.md))",
    ),
    Reason(
        "UnknownTimeZone",
        ERROR,
        "the time zone of a window does not exist",
        "Write a name of the IANA database, such as Europe/Berlin",
    ),
    Reason(
        "Unschedulable",
        ERROR,
        "the clusters that fit have less capacity recorded than the replicas need",
        "Use `staticWeightList`: the capacity of members is not observed in this version",
    ),
    Reason(
        "WaitingForOverrides",
        ERROR,
        "the policy waits for override policies in `spec.dependentOverrides` that do not exist",
        "Add them, or remove them from the list",
    ),
)

MEMBERS = (
    Reason(
        "ClusterLeft",
        WARNING,
        "a cluster is no longer declared, and objects of ours besides Namespaces are still in it; nothing deletes them",
        "Declare it again, let the policies place nothing there, sync, and then remove its file",
    ),
    Reason(
        "ClusterReaddressed",
        WARNING,
        "a Cluster leads to another address; if that is another server, the former one keeps its objects",
        "None if it is the same server. Otherwise declare the former address as a Cluster of another name, and retire it",
    ),
    Reason(
        "ClusterRenamed",
        WARNING,
        "a Cluster has the address of a member with another name; what was placed there stays",
        "Write the new name in the policies that have the old one",
    ),
    Reason(
        "FailoverPaused",
        WARNING,
        "copies are to leave members that fail, and wait: too many members or objects are concerned at once",
        "Bring the members back, or raise `maxMembers` or `maxObjects` below `spec.failover` of the Configuration",
    ),
    Reason("InvalidEndpoint", ERROR, "`file:` names a path outside the member root", "Write the name of a folder below it"),
    Reason(
        "InvalidHydration",
        ERROR,
        "the annotation `reconciler.dev/hydrate` of a Cluster names no branch",
        "Write the name of a branch, or `URL#BRANCH` for one of another repository",
    ),
    Reason(
        "InvalidReportEvery",
        ERROR,
        "the annotation `reconciler.dev/report-every` of a Cluster is no duration",
        "Write hours, such as 720h ([how to](../how-to/offline-members.md))",
    ),
    Reason(
        "NoCredential",
        WARNING,
        "a member with an API server has a Cluster file that names no credential, so no sync can read it",
        "Run `reconciler join`; the member that `--host-member` names needs none",
    ),
    Reason("SharedFolder", ERROR, "two directory members use one folder, or one inside the other", "Give each its own folder"),
    Reason("SharedServer", ERROR, "two Cluster files lead to the same API server", "Declare each cluster once"),
)

CHANGES = (
    Reason(
        "ChangeRefused",
        WARNING,
        "the change is in a field that an API server does not let change, so an API server takes nothing of it",
        "Put the old value back, or let such a change [recreate the object](../running.md#what-a-member-does-not-let-change)",
    ),
    Reason(
        "MemberEmptied",
        WARNING,
        "a member keeps no object of the repository besides Namespaces",
        "Check the policy or the Cluster at the file and line in the message",
    ),
    Reason(
        "OneCluster",
        WARNING,
        "a workload with replicas is new and on one member alone, or was on several and is left on one",
        'Let its policy select several, or annotate it with `reconciler.dev/min-available: "0"`, if that is meant',
    ),
    Reason(
        "PlainSecret",
        WARNING,
        "a new Secret has its values in the repository",
        "Encrypt it, or provide it in another way ([secrets](../how-to/secrets.md)), and replace the values",
    ),
    Reason(
        "PruneGuard",
        WARNING,
        "a sync would not remove these objects without consent, because they are more than `spec.pruneGuard` allows",
        "Give the consent in the commit message, or put back what declared them",
    ),
    Reason(
        "Recreation",
        WARNING,
        "the object is deleted and created again, because a field may not change and the template agrees",
        "Put the old value back, if the object must stay",
    ),
    Reason(
        "RemovalLimit",
        WARNING,
        "a sync would not remove these objects, because they are more than `spec.maxRemovals` of a Tenant allows",
        "Have the limit raised first, or put back what declared them",
    ),
    Reason("ScaleToZero", WARNING, "a workload that had replicas gets none", "Check that nothing needs it"),
    Reason(
        "TakeOver",
        WARNING,
        "objects that members hold and that are not ours are taken over from now on",
        "Look at `reconciler diff --live` and `reconciler sync --dry-run` ([take over](../how-to/take-over.md))",
    ),
)

TENANTS = (
    Reason(
        "GovernedFolder",
        ERROR,
        "a file below the folder of a Tenant declares what concerns others, such as a Cluster or the Configuration, may "
        "be an encrypted file of somebody else (`mac_only_encrypted`), or names a URL that `spec.sources` does not list",
        "Move the object to a folder that no Tenant governs, or have the Tenant extended ([tenants](../how-to/tenants.md))",
    ),
    Reason(
        "GovernsNothing",
        WARNING,
        "a folder of a Tenant has no file; a misspelt folder leaves the real one free",
        "Correct the folder, if it is not still to come",
    ),
    Reason(
        "OutsideFolder",
        BOTH,
        "a policy of a tenant selects templates of others, or its workload would bring them along; that has no effect. An error "
        "where a selector names one of them",
        "Select templates of the tenant's own folders only, for example by name or label",
    ),
    Reason(
        "OwnedElsewhere",
        ERROR,
        "a file of a tenant declares an object that the platform, or the tenant that may place it, declares, too",
        "Choose another name, or remove it",
    ),
    Reason(
        "TenantForbids",
        ERROR,
        "the Tenant of the file does not allow the kind, the namespace, the cluster or the override; nothing is written",
        "Change it, or have the Tenant extended; an extension acts from the next revision on",
    ),
)
ORDER = (
    Reason(
        "DependencyCycle",
        ERROR,
        "objects wait for each other in a circle, by `depends-on` or waves; none of them is written",
        "Remove one of the dependencies in the message, or change a wave",
    ),
    Reason(
        "DependencyNotObserved",
        WARNING,
        "an object depends on one of another member that no file declares, and an agent keeps one of the two; it waits for ever",
        "Declare the other object and place it on that member, or depend on an object that is declared",
    ),
    Reason(
        "DependencyNotPlaced",
        WARNING,
        "an object depends on one that is not placed on that member, or on a member that is not declared; it waits",
        "Correct the reference, or the policy that places one of the two",
    ),
    Reason(
        "HookNotHonoured",
        WARNING,
        "a hook of Argo CD or Helm does something here that it would not do there, or its object is not applied",
        "Remove the annotation, or write a gate ([order](../how-to/order.md))",
    ),
    Reason(
        "InvalidOrder",
        BOTH,
        "an annotation about the order of objects cannot be read; a warning where it is another tool's and counts as absent",
        "Write it as the message describes it",
    ),
    Reason(
        "OrderStatedTwice",
        WARNING,
        "an object states its order by an annotation of ours and by another one, and they differ; ours counts",
        "Remove one of the two",
    ),
)
SOURCES = (
    Reason(
        "DeclaredElsewhere",
        ERROR,
        "a file from a Source declares a Cluster, Configuration, Source or Tenant, which count only in this repository itself",
        "Declare it in this repository, or take a folder of the source that does not have it",
    ),
    Reason(
        "InvalidSource",
        ERROR,
        "a Chart or Source names a place, a version or a folder that cannot be meant",
        "Write it as the message describes it ([sources](../how-to/sources.md))",
    ),
    Reason(
        "SourceLockOutdated",
        ERROR,
        "a file wants another version than `reconciler.lock` pins",
        "Run `reconciler update`, and commit the lock file",
    ),
    Reason(
        "SourceLockUnreadable",
        ERROR,
        "`reconciler.lock`, or one of its entries, cannot be read",
        "Resolve the merge conflict, if there is one; `reconciler update` writes the file anew",
    ),
    Reason(
        "SourceNotLocked",
        ERROR,
        "a file wants something from elsewhere that `reconciler.lock` does not pin",
        "Run `reconciler update`, and commit the lock file",
    ),
    Reason(
        "SourceNotWanted",
        WARNING,
        "`reconciler.lock` pins something that no file wants; its files still belong to the revision",
        "Run `reconciler update`, which removes the entry",
    ),
    Reason(
        "SourceUnavailable",
        ERROR,
        "what `reconciler.lock` pins cannot be had, or its folder has files of the repository; what it declared before stays",
        "Do what the message says: it names the server's answer, or the file",
    ),
)
IMAGES = (
    Reason(
        "ImageMarker",
        WARNING,
        "a comment names an ImagePolicy, and no single value stands before it in its line",
        "Write the value in a line of its own, and the comment behind it",
    ),
    Reason(
        "ImageNotKnown",
        ERROR,
        "the registry of an image cannot be asked; its values stay as they are",
        "Check the name of the image, the registry and the credentials",
    ),
    Reason(
        "InvalidImagePolicy",
        ERROR,
        "the range or the pattern of an ImagePolicy is not understood",
        "Write a range such as `1.2.x`, or a regular expression of RE2",
    ),
    Reason("NoImageTag", WARNING, "an ImagePolicy allows none of the tags of its image", "Check the range and the pattern"),
    Reason(
        "UnknownImagePolicy", WARNING, "a comment names an ImagePolicy that is not declared", "Declare it, or correct the name"
    ),
)

INVENTORIES = (
    Reason("DuplicateRule", ERROR, "two rules of an inventory have one name", "Give each rule a name of its own"),
    Reason(
        "ForeignClusterProfile",
        ERROR,
        "a rule reads ClusterProfiles of another host cluster than that of the process",
        "Remove `kubeconfig` from the rule, and run the process with that host cluster",
    ),
    Reason("InvalidLabel", ERROR, "a rule sets a label whose key is none", "Correct the key"),
    Reason(
        "InventoryEmpty",
        ERROR,
        "a host cluster has no object of the kind at all; no member is cordoned because of that",
        "Check what the process may list there; where the clusters are gone, use `reconciler cordon`",
    ),
    Reason(
        "InventoryGuard",
        ERROR,
        "the objects of many members vanished at once; none of the members is cordoned",
        "Where the clusters are gone, use `reconciler cordon`, or raise `spec.inventory.guard.maxShare`",
    ),
    Reason(
        "InventoryRefused",
        WARNING,
        "an object does not become a member: its name or its server is that of another one, or no Cluster can have its name",
        "Give the rule a prefix or a narrower selector ([inventory](../how-to/inventory.md))",
    ),
    Reason(
        "InventoryUnknown",
        ERROR,
        "a host cluster does not answer, refuses, or does not serve the kind; no member of the rule changes",
        "Check the host cluster, and what the process may list there",
    ),
    Reason("NoProperties", ERROR, "a rule for Cluster API takes a field from a property", "Name a label in its place"),
)

GROUPS = (
    ("Files", FILES),
    ("Sources", SOURCES),
    ("Objects", OBJECTS),
    ("Charts and kustomizations", EXPANSIONS),
    ("Images", IMAGES),
    ("Inventories", INVENTORIES),
    ("Order", ORDER),
    ("Policies", POLICIES),
    ("Tenants", TENANTS),
    ("Overrides", OVERRIDES),
    ("Scheduling", SCHEDULING),
    ("Members", MEMBERS),
    ("Changes", CHANGES),
)
"""The sections of the page, in order; words are in alphabetical order within a section."""

REASONS = {reason.word: reason for _, reasons in GROUPS for reason in reasons}
