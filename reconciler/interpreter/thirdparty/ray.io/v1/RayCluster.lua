-- RayCluster: a head and its workers.

local kube = require("kube")
local merge = require("merge")
local ray = require("ray")
local status = require("status")

local COUNTERS = {
  "availableWorkerReplicas", "desiredWorkerReplicas", "minWorkerReplicas", "maxWorkerReplicas", "readyWorkerReplicas",
}
local QUANTITIES = { "desiredCPU", "desiredMemory", "desiredGPU", "desiredTPU" }
local WORSE = { ready = 1, suspended = 2, failed = 3 } -- Ray has no other states

function GetComponents(object)
  return ray.components(object.spec)
end

local function sum_of_quantities(members, name)
  local sum = "0"
  for _, member in ipairs(members) do sum = kube.resourceAdd(sum, member.status[name]) end
  return sum
end

-- Endpoints and head are those of the first member that has them.
function AggregateStatus(object, items)
  if items == nil then return object end
  object.spec = nil
  if #items == 1 then
    object.status = items[1].status
    return object
  end
  local members = status.reported(items)
  local merged = status.sum(items, COUNTERS, { conditions = {} })
  local worst = -1
  for _, member in ipairs(members) do
    local result = member.status
    merge.append(merged.conditions, result.conditions)
    merged.endpoints = merged.endpoints or result.endpoints
    merged.head = merged.head or result.head
    merged.lastUpdateTime = merge.later(merged.lastUpdateTime, result.lastUpdateTime)
    local rank = WORSE[result.state] or 0
    if result.state ~= nil and rank > worst then
      worst, merged.state, merged.stateTransitionTimes = rank, result.state, result.stateTransitionTimes
    end
  end
  for _, name in ipairs(QUANTITIES) do merged[name] = sum_of_quantities(members, name) end
  object.status = merged
  return object
end

-- The head is ready, all pods have been ready, and none fails.
function InterpretHealth(object)
  local holding = {}
  for _, condition in ipairs(object.status ~= nil and object.status.conditions or {}) do
    holding[condition.type] = condition.status == "True"
  end
  return holding.HeadPodReady == true and holding.RayClusterProvisioned == true and not holding.RayClusterReplicaFailure
end
