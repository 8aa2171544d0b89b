"""Reconciler: Karmada's policies over many clusters, with Git as the control plane.

A Git revision goes in; every cluster is brought to what it says; what happened goes back into Git.

    repo ► load ► claim ► schedule ► transition ► render ► plan ► apply ► observe ► record ► repo
           └────────────── pure, deterministic ───────────────┘   └ through cluster/ ┘

(What SOPS encrypted is decrypted just before the plan, and nothing earlier sees a value.)

The rooms, from the entrance down (each imports only what stands below it; `pyproject.toml` holds the contracts):

    cli          one module per verb; options, exit codes, the terminal
    dashboard    pages about the fleet, from the status branch; no route writes
    daemon       the periodic loop: when to poll, to make a pass, to record
    agent        the process beside one member that applies what the leader decided (`syncMode: Pull`)
    assistants   answers for assistants, by the Model Context Protocol, and proposals
    answers      what people and assistants ask, as functions: arguments as text in, a value out
    register     how a member gets its agent: the credential at the forge, the objects, the Cluster file
    notify       tells forges and people what happened
    present      the same values as tables, diffs, text, JSON and YAML
    install      puts `run` into a host cluster, and removes it
    migrate      how a repository is made of what another tool has
    review       questions that change nothing: diff, explain, history, blame, bisect, simulate, lint, get
    membership   how members join and leave
    edit         what a command writes: planned first, carried out after; files of the work tree
    passes       one pass over one revision, and a sync of several
    expanding    runs helm and kustomize for what a compilation misses
    record       the status branch: read, the next state, written
    endpoints    services over clusters: EndpointSlices of providers, copied to consumers
    apply        carries out a change set
    observe      what members hold, as health and status
    pipeline     strings the pure stages together; `pipeline/pipeline.py` is the table of contents
    cel          whether an API server would accept an object, by policies and rules in CEL
    expand       a Chart or Kustomize → what is asked of helm or kustomize; their output → objects
    kubectl      runs the real kubectl on one member, with the credential of the connection to it
    sources      what a revision wants from registries, chart repositories and other repositories, by digest
    load         file tree of one revision → desired state and complaints
    claim        which policy owns which resource template
    schedule     which clusters, and how many replicas on each: Karmada's answer
    transition   how to get there from what was recorded: last good placement, make before break
    render       the exact manifest for one cluster, each field with its origin
    autoscale    how many replicas autoscalers of the repository ask for
    tenancy      who may do what: whether Tenants allow what was decided and rendered
    plan         what differs, in which order, and what must not be pruned
    repo         Git
    cluster      members
    pictures     small SVG drawings of the fleet, for forges and for pages
    images       which tags ImagePolicies choose, and the values that name them
    decrypt      what SOPS encrypted, in memory
    jail         runs helm, kustomize and sops: without network, on the files that they are handed
    interpreter  what we know about each kind, one file per kind
    documents    YAML text ⇄ plain documents
    calendar     schedules and time zones
    query        which fields a JSON pointer, JSONPath or jq names
    model        nouns that everyone shares
    errors       the base error
"""

__version__ = "0.1.0"
