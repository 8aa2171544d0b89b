-- Training jobs of Kubeflow: groups of pods that run to completion together.

local merge = require("merge")
local pods = require("pods")

local training = {}

-- One component for each group, in this order. `groups` is the field of the spec that contains them.
function training.components(object, groups, names)
  local result = {}
  local specs = object.spec ~= nil and object.spec[groups] or {}
  for _, name in ipairs(names) do
    local group = specs[name]
    if group ~= nil then
      table.insert(result, pods.component(name:lower(), pods.number(group.replicas, 1), group.template))
    end
  end
  return result
end

function training.dependencies(object, groups, names)
  local specs = object.spec ~= nil and object.spec[groups] or {}
  local templates = {}
  for i, name in ipairs(names) do templates[i] = specs[name] ~= nil and specs[name].template or nil end
  return pods.dependencies(object.metadata.namespace, templates, #names)
end

-- Whether no condition reports a failure. There must be a list of conditions.
function training.is_healthy(object)
  if object.status == nil or object.status.conditions == nil then return false end
  for _, condition in ipairs(object.status.conditions) do
    if condition.type == "Failed" and condition.status == "True" then return false end
  end
  return true
end

-- Times and counts of all members; and for each type of condition that is True in a member, the members and the last time.
-- For a member that both succeeded and failed, the last of these conditions counts.
local function survey(items)
  local result = { counts = {}, holding = {} }
  for _, item in ipairs(items) do
    local member = item.status or {}
    result.start = merge.earlier(result.start, member.startTime)
    result.completion = merge.later(result.completion, member.completionTime)
    result.reconciled = merge.later(result.reconciled, member.lastReconcileTime)
    merge.add_counts(result.counts, member.replicaStatuses)
    local holding = {}
    for _, condition in ipairs(member.conditions or {}) do
      if condition.status == "True" then holding[condition.type] = condition end
      if condition.status == "True" and condition.type == "Failed" then holding.Succeeded = nil end
      if condition.status == "True" and condition.type == "Succeeded" then holding.Failed = nil end
    end
    for kind, condition in pairs(holding) do
      local seen = result.holding[kind] or { members = {} }
      table.insert(seen.members, item.clusterName)
      seen.updated = merge.later(seen.updated, condition.lastUpdateTime)
      seen.changed = merge.later(seen.changed, condition.lastTransitionTime)
      result.holding[kind] = seen
    end
  end
  return result
end

-- An empty status. (An empty table would be removed; a table with an empty member becomes an empty mapping.)
function training.nothing()
  return { conditions = {} }
end

-- One status from those of all members. `conditions` makes the list of conditions, and tells whether all members succeeded.
function training.aggregate(object, items, conditions)
  if items == nil then
    object.status = training.nothing()
    return object
  end
  local result = survey(items)
  local succeeded = result.holding.Succeeded
  local complete = succeeded ~= nil and #succeeded.members == #items
  local merged = object.status or {}
  merged.startTime, merged.lastReconcileTime, merged.replicaStatuses = result.start, result.reconciled, result.counts
  if complete then merged.completionTime = result.completion end
  merged.conditions = conditions(result.holding, complete)
  object.status = merge.filled(merged)
  return object
end

return training
