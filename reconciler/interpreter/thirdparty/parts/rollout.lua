-- When a workload that replaces its pods step by step is done, and how many of them there are.

local rollout = {}

function rollout.is_seen(object)
  return object.status.observedGeneration == object.metadata.generation
end

-- Its controller has seen this generation, has renewed all the wanted pods, and these are available.
function rollout.is_done(object, wanted, renewed, available)
  local status = object.status
  if not rollout.is_seen(object) then return false end
  if wanted ~= nil and status[renewed] < wanted then return false end
  return status[available] >= status[renewed]
end

return rollout
