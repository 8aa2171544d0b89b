-- AdvancedCronJob: starts Jobs or BroadcastJobs on a schedule.

local kube = require("kube")
local status = require("status")

function AggregateStatus(object, items)
  if items == nil then return object end
  local active = {}
  for _, member in ipairs(status.reported(items)) do
    for _, job in ipairs(member.status.active or {}) do table.insert(active, job) end
  end
  object.status = {
    active = active,
    lastScheduleTime = status.last(items, "lastScheduleTime", nil),
    type = status.last(items, "type", ""),
  }
  return object
end

function GetDependencies(object)
  local job = object.spec.template.jobTemplate or object.spec.template.broadcastJobTemplate
  return kube.getPodDependencies(job.spec.template, object.metadata.namespace)
end
