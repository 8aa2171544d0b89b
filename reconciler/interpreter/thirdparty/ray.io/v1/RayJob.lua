-- RayJob: a job and its cluster.

local ray = require("ray")
local status = require("status")

local DEPLOYMENT = {
  Initializing = 1, Waiting = 2, Suspending = 3, Suspended = 3, Retrying = 4, Running = 5, Complete = 6,
  ValidationFailed = 7, Failed = 8,
}
local JOB = { PENDING = 1, RUNNING = 2, SUCCEEDED = 3, STOPPED = 4, FAILED = 5 }

function GetComponents(object)
  return ray.components(object.spec ~= nil and object.spec.rayClusterSpec or nil)
end

-- The status of the first member with the worst state. With several members, it has only these fields.
local function heaviest(members, field, weights)
  local result, most = nil, -1
  for _, member in ipairs(members) do
    local state = member.status[field]
    local weight = weights[state or ""] or 0
    if state ~= nil and weight > most then result, most = member.status, weight end
  end
  return result or {}
end

function AggregateStatus(object, items)
  if items == nil then return object end
  object.spec = nil
  if #items == 1 then
    object.status = items[1].status
    return object
  end
  local members = status.reported(items)
  local deployment, job = heaviest(members, "jobDeploymentStatus", DEPLOYMENT), heaviest(members, "jobStatus", JOB)
  local merged = object.status or {}
  for _, name in ipairs({ "jobDeploymentStatus", "reason", "message" }) do merged[name] = deployment[name] end
  merged.jobStatus = job.jobStatus ~= "" and job.jobStatus or nil
  object.status = merged
  return object
end

function InterpretHealth(object)
  local result = object.status or {}
  if result.jobDeploymentStatus == "Complete" then return result.jobStatus == "SUCCEEDED" end
  return result.jobDeploymentStatus == "Running"
end

function GetDependencies(object)
  local spec = object.spec or {}
  return ray.dependencies(object, spec.rayClusterSpec, spec.submitterPodTemplate)
end
