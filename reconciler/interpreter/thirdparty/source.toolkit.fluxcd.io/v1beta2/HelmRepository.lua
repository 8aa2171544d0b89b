-- HelmRepository of Flux: the index of a repository of charts.

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
  local list, _, add_secret = references.list(object)
  add_secret(spec.secretRef)
  return list
end
