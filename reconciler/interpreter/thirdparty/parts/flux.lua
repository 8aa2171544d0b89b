-- What the kinds of Flux share: their conditions, and the field that suspends them.

local conditions = require("conditions")
local status = require("status")

local flux = {}

-- A suspended object stays suspended, because someone in the cluster has suspended it.
function flux.retain(desired, live)
  if live.spec.suspend ~= nil then desired.spec.suspend = live.spec.suspend end
  return desired
end

-- Sets what every kind of Flux reports: the generation that all members have observed, and their conditions.
function flux.aggregate(object, items)
  object.metadata.generation = object.metadata.generation or 0
  local merged = object.status or {}
  merged.observedGeneration = status.observed_generation(object, items)
  merged.conditions = conditions.merge(items)
  object.status = merged
  return merged
end

-- The same for a source: its last artifact, and messages about it.
function flux.aggregate_source(object, items, texts)
  local merged = flux.aggregate(object, items)
  merged.artifact = status.last(items, "artifact", {})
  for _, name in ipairs(texts) do merged[name] = status.last_text(items, name, "") end
  return object
end

return flux
