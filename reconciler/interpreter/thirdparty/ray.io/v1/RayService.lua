-- RayService: applications that serve requests, and their cluster.

local merge = require("merge")
local ray = require("ray")
local status = require("status")

local BROKEN = { DEPLOY_FAILED = true, UNHEALTHY = true }

local function cluster_of(object)
  return object.spec ~= nil and object.spec.rayClusterConfig or nil
end

-- The head and all workers.
function GetReplicas(object)
  local cluster = cluster_of(object)
  if cluster == nil then return 0 end
  local workers = 0
  for _, group in ipairs(ray.groups(cluster)) do workers = workers + (group.replicas or 0) end
  return 1 + workers, ray.requirements(cluster)
end

-- All pods except the head are workers. Groups keep their proportions (equal parts if there are no workers yet). Each is
-- rounded up, and the last group gets the rest, even if that is negative.
function ReviseReplica(object, replicas)
  local groups = ray.groups(cluster_of(object) or {})
  local desired, present = math.max(replicas - 1, 0), 0
  for _, group in ipairs(groups) do present = present + (group.replicas or 0) end
  local left = desired
  for i, group in ipairs(groups) do
    local share = present > 0 and (group.replicas or 0) / present or 1 / #groups
    group.replicas = i == #groups and left or math.floor(desired * share + 0.5)
    left = left - group.replicas
  end
  return object
end

-- Each application with its worst status of all members: failed, then deploying, then running.
local function applications(services)
  local merged = {}
  for _, service in ipairs(services) do
    for name, result in pairs(service.applicationStatuses or {}) do
      local known = merged[name]
      local worse = known ~= nil and not BROKEN[known.status] and result.status == "DEPLOYING"
      if known == nil or BROKEN[result.status] or worse then merged[name] = result end
    end
  end
  return merged
end

function AggregateStatus(object, items)
  if items == nil then return object end
  object.spec = nil
  if #items == 1 then
    object.status = items[1].status
    return object
  end
  local merged = object.status or {}
  merged.conditions, merged.lastUpdateTime, merged.observedGeneration, merged.serviceStatus = {}, nil, 0, "Running"
  local active, pending = {}, {}
  for _, member in ipairs(status.reported(items)) do
    local result = member.status
    merge.append(merged.conditions, result.conditions)
    merged.lastUpdateTime = merge.later(merged.lastUpdateTime, result.lastUpdateTime)
    merged.observedGeneration = merge.later(merged.observedGeneration, result.observedGeneration)
    if result.serviceStatus == "" then merged.serviceStatus = "" end
    table.insert(active, result.activeServiceStatus)
    table.insert(pending, result.pendingServiceStatus)
  end
  status.sum(items, { "numServeEndpoints" }, merged)
  merged.activeServiceStatus = active[1] or merged.activeServiceStatus
  merged.pendingServiceStatus = pending[1] or merged.pendingServiceStatus
  if #active > 1 then merged.activeServiceStatus.applicationStatuses = merge.copy(applications(active)) end
  object.status = merged
  return object
end

-- During an update, the old cluster continues to serve.
function InterpretHealth(object)
  local ready = false
  for _, condition in ipairs(object.status ~= nil and object.status.conditions or {}) do
    if condition.type == "Ready" and condition.status == "True" then ready = true end
  end
  return ready
end

function GetDependencies(object)
  return ray.dependencies(object, cluster_of(object), nil)
end
