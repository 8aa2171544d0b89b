-- BroadcastJob: a pod that runs to completion once on every node.

local kube = require("kube")
local status = require("status")

function GetReplicas(object)
  return object.spec.parallelism or 1, kube.accuratePodRequirements(object.spec.template)
end

function ReviseReplica(object, replicas)
  object.spec.parallelism = replicas
  return object
end

-- The controller of the member adds labels to the pod template. A live object without them was not created by it.
function Retain(desired, live)
  local metadata = live.spec.template.metadata
  if metadata == nil or metadata.labels == nil then return nil end
  desired.spec.template.metadata.labels = metadata.labels
  return desired
end

function ReflectStatus(object)
  if object.status == nil then return {} end
  return status.pick(object.status, {
    "active", "completionTime", "conditions", "desired", "failed", "phase", "startTime", "succeeded",
  })
end

-- Complete or Failed, whichever is True first in the conditions of the member.
local function finish(member)
  for _, condition in ipairs(member.conditions or {}) do
    if condition.status == "True" and (condition.type == "Complete" or condition.type == "Failed") then
      return condition.type
    end
  end
end

function AggregateStatus(object, items)
  if items == nil then return object end
  local merged = status.sum(items, { "active", "succeeded", "failed", "desired" }, object.status or {})
  merged.phase = status.last(items, "phase", "")
  -- As in Karmada, a member that has neither condition counts as the member before it.
  local failed, completed, ending = {}, 0, nil
  for _, item in ipairs(items) do
    ending = finish(item.status or {}) or ending
    if ending == "Failed" then table.insert(failed, item.clusterName) end
    if ending == "Complete" then completed = completed + 1 end
  end
  local conditions = {}
  if #failed > 0 then
    table.insert(conditions, {
      type = "Failed", status = "True", reason = "JobFailed",
      message = "Job executed failed in member clusters: " .. table.concat(failed, ", "),
    })
  end
  if completed > 0 and completed == #items then
    table.insert(conditions, { type = "Completed", status = "True", reason = "Completed", message = "Job completed" })
  end
  merged.conditions = conditions
  object.status = merged
  return object
end

function InterpretHealth(object)
  local result = object.status
  if result.desired == nil or result.desired == 0 or result.failed ~= 0 then return false end
  return result.succeeded ~= 0 or result.active ~= 0
end

function GetDependencies(object)
  return kube.getPodDependencies(object.spec.template, object.metadata.namespace)
end
