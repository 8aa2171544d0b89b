-- Job of Volcano: tasks that are scheduled together; each has several equal pods.

local merge = require("merge")
local pods = require("pods")
local status = require("status")

local FIELDS = {
  "minAvailable", "taskStatusCount", "pending", "running", "succeeded", "failed", "terminating", "unknown", "version",
  "retryCount", "controlledResources", "conditions", "runningDuration", "state",
}
local COUNTERS = {
  "minAvailable", "pending", "running", "succeeded", "failed", "terminating", "unknown", "retryCount",
}
local WELL = {
  Running = true, Completed = true, Pending = true, Aborting = true, Aborted = true, Restarting = true, Completing = true,
  Terminating = true, Terminated = true,
}
local SECONDS = { h = 3600, m = 60, s = 1 }

-- The number of pods of a task is its minimum, not its desired number.
function GetComponents(object)
  local result = {}
  for i, task in ipairs(object.spec ~= nil and object.spec.tasks or {}) do
    local name = task.name
    if name == nil or name == "" then name = "task-" .. i - 1 end
    table.insert(result, pods.component(name, pods.number(task.minAvailable, 1), task.template))
  end
  return result
end

function ReflectStatus(object)
  if object.status == nil then return {} end
  return status.pick(object.status, FIELDS)
end

-- "1h2m3.5s" in seconds.
local function seconds(duration)
  local total = 0
  for number, unit in tostring(duration or ""):gmatch("([%d%.]+)([hms])") do
    total = total + tonumber(number) * SECONDS[unit]
  end
  return total
end

function AggregateStatus(object, items)
  if items == nil then return object end
  if #items == 1 then
    object.status = items[1].status
    return object
  end
  local merged = status.sum(items, COUNTERS, { version = 0, taskStatusCount = {}, conditions = {}, controlledResources = {} })
  for _, member in ipairs(status.reported(items)) do
    local result = member.status
    merged.version = math.max(merged.version, result.version or 0)
    merged.state = result.state
    if seconds(result.runningDuration) > seconds(merged.runningDuration) then merged.runningDuration = result.runningDuration end
    for task, counts in pairs(result.taskStatusCount or {}) do
      local total = merged.taskStatusCount[task] or { phase = {} }
      for phase, count in pairs(counts.phase or {}) do total.phase[phase] = (total.phase[phase] or 0) + count end
      merged.taskStatusCount[task] = total
    end
    for name, resource in pairs(result.controlledResources or {}) do merged.controlledResources[name] = resource end
    merge.append(merged.conditions, result.conditions)
  end
  object.status = merge.filled(merged)
  return object
end

function InterpretHealth(object)
  local state = object.status ~= nil and object.status.state or nil
  return state ~= nil and WELL[state.phase or ""] == true
end
