-- SidecarSet: containers that are injected into pods of other workloads. It has no pods.

local kube = require("kube")
local status = require("status")

local COUNTERS = { "matchedPods", "updatedPods", "readyPods" }

function GetReplicas()
  return 0
end

-- There is nothing to retain, and no built-in rule of Karmada that this would replace.
function Retain(desired)
  return desired
end

function ReflectStatus(object)
  if object.status == nil then return {} end
  local picked = {}
  for _, name in ipairs(COUNTERS) do picked[name] = object.status[name] or 0 end
  return picked
end

-- Only the status of the result is read; Karmada's script omits the spec.
function AggregateStatus(object, items)
  assert(items ~= nil, "no list of members")
  object.spec = nil
  object.status = status.sum(items, COUNTERS, {})
  return object
end

function InterpretHealth(object)
  local found = object.status
  if found == nil then return false end
  local matched = found.matchedPods or 0
  return matched == 0 or (found.updatedPods or 0) == matched
end

-- Its spec has those fields of a pod spec that refer to other objects.
function GetDependencies(object)
  local spec = object.spec or {}
  local pod = { containers = spec.containers, initContainers = spec.initContainers, volumes = spec.volumes }
  local found = kube.getPodDependencies({ spec = pod }, nil) or {}
  for _, reference in ipairs(found) do reference.namespace = object.metadata.namespace end
  return found
end
