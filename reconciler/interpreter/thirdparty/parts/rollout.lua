-- Health and number of pods of a workload that replaces its pods step by step.

local rollout = {}

function rollout.is_seen(object)
  return object.status.observedGeneration == object.metadata.generation
end

-- The controller has observed this generation and updated all desired pods, and these are available.
function rollout.is_done(object, desired, renewed, available)
  local status = object.status
  if not rollout.is_seen(object) then return false end
  if desired ~= nil and status[renewed] < desired then return false end
  return status[available] >= status[renewed]
end

return rollout
