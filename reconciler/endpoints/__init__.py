"""Services over clusters: EndpointSlices of the members that provide them, copied to the members that consume them.

Endpoints are facts that pass through: they are neither in Git nor on the status branch, and no pass is made for them. Which
Service goes where is decided by a revision; what its endpoints are, the members say.

| File | What it is for |
|---|---|
| `routes.py` | which members provide a Service and which consume it, from the placements of a revision (pure) |
| `copies.py` | an EndpointSlice of a provider → its copy for consumers; what a consumer must hold (pure) |
| `silent_providers.py` | which members lose their endpoints because they have not answered for too long (pure) |
| `export_conditions.py` | the conditions of ServiceExports: who has no Service, and who disagrees (pure) |
| `report_exports.py` | writes these where the exports are |
| `slice_index.py` | the slices of one member by Service, and which Services changed |
| `orders.py` | what a pass, and what it recorded, mean for the exchange |
| `exchange.py` | the slices of all members together: what changed is written to whom it concerns |

The watches and requests of one member are in `cluster/endpoint_slices.py`. `daemon/endpoints.py` keeps the exchange going beside
the passes, and `passes/endpoints.py` makes it once.
"""
