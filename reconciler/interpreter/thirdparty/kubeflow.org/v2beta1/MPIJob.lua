-- MPIJob of Kubeflow: a launcher and workers.

local merge = require("merge")
local pods = require("pods")
local status = require("status")
local training = require("training")

function GetComponents(object)
  local result = {}
  for name, group in pairs(object.spec ~= nil and object.spec.mpiReplicaSpecs or {}) do
    if group.template ~= nil then
      local default = name:lower() == "worker" and 0 or 1
      table.insert(result, pods.component(name, pods.number(group.replicas, default), group.template))
    end
  end
  return result
end

function ReflectStatus(object)
  if object.status == nil then return {} end
  local picked = status.pick(object.status, { "conditions", "startTime", "completionTime", "lastReconcileTime" })
  picked.replicaStatuses = {}
  for name, counts in pairs(object.status.replicaStatuses or {}) do
    picked.replicaStatuses[name] = status.pick(counts, { "active", "succeeded", "failed", "selector" })
  end
  return picked
end

local function stamp(condition)
  return condition.lastUpdateTime or condition.lastTransitionTime
end

-- For each type of condition, the one that was updated last in any member; the types in the order of appearance.
local function latest_conditions(members)
  local latest, kinds = {}, {}
  for _, member in ipairs(members) do
    for _, condition in ipairs(member.status.conditions or {}) do
      local known, time = latest[condition.type], stamp(condition)
      if time ~= nil and time ~= "" and (known == nil or time > stamp(known)) then
        if known == nil then table.insert(kinds, condition.type) end
        latest[condition.type] = condition
      end
    end
  end
  local list = {}
  for _, kind in ipairs(kinds) do table.insert(list, latest[kind]) end
  return list
end

-- Counts of zero are included.
function AggregateStatus(object, items)
  if items == nil or #items == 0 then return object end
  if #items == 1 then
    object.status = items[1].status
    return object
  end
  local members = status.reported(items)
  local merged = { replicaStatuses = {}, conditions = latest_conditions(members) }
  for _, member in ipairs(members) do
    local result = member.status
    merge.add_counts(merged.replicaStatuses, result.replicaStatuses)
    merged.startTime = merge.earlier(merged.startTime, result.startTime)
    merged.completionTime = merge.later(merged.completionTime, result.completionTime)
    merged.lastReconcileTime = merge.later(merged.lastReconcileTime, result.lastReconcileTime)
  end
  object.status = merged
  return object
end

function InterpretHealth(object)
  local conditions = object.status ~= nil and object.status.conditions or {}
  return #conditions > 0 and training.is_healthy(object)
end
