-- OCIRepository of Flux: an artifact in an OCI registry.

local conditions = require("conditions")
local flux = require("flux")
local references = require("references")
local status = require("status")

function Retain(desired, live)
  return flux.retain(desired, live)
end

function ReflectStatus(object)
  return status.pick_with_generation(object, {
    "conditions", "observedGeneration", "artifact", "url",
  })
end

function AggregateStatus(object, items)
  return flux.aggregate_source(object, items, { "url" })
end

function InterpretHealth(object)
  return conditions.holds(object.status, "Ready", "Succeeded")
end

function GetDependencies(object)
  local spec = object.spec
  local list, add, add_secret = references.list(object)
  add_secret(spec.secretRef)
  add_secret(spec.verify ~= nil and spec.verify.secretRef or nil)
  add_secret(spec.certSecretRef)
  add("ServiceAccount", spec.serviceAccountName) -- As in Karmada's script, an absent name is an error.

  return list
end
