-- SparkApplication: a driver and its executors.

local kube = require("kube")
local merge = require("merge")
local pods = require("pods")
local status = require("status")

local FIELDS = {
  "applicationState", "driverInfo", "executorState", "sparkApplicationId", "completionTime", "lastSubmissionAttemptTime",
  "submissionAttempts", "executionAttempts", "submissionID", "terminationTime",
}
local UNITS = {
  [""] = "", b = "", k = "Ki", kb = "Ki", m = "Mi", mb = "Mi", g = "Gi", gb = "Gi", t = "Ti", tb = "Ti", p = "Pi", pb = "Pi",
}
local SMALLEST_OVERHEAD = 384 * 1024 * 1024
local WEIGHTS = {
  [""] = 0, UNKNOWN = 0, SUBMITTED = 1, PENDING_RERUN = 1, COMPLETED = 2, SUSPENDING = 3, SUSPENDED = 3, RUNNING = 4,
  RESUMING = 4, SUCCEEDING = 4, INVALIDATING = 5, FAILING = 6, FAILED = 6, SUBMISSION_FAILED = 6,
}

-- Memory in Java's notation ("512m": binary units) as a quantity.
local function quantity(memory)
  local number, unit = tostring(memory):lower():match("^(%d+%.?%d*)(%a*)$")
  if number == nil or UNITS[unit] == nil then return "0" end
  return number .. UNITS[unit]
end

-- The heap and the overhead of the process: the overhead in the spec, else a share of the heap, with a minimum.
local function memory_of(part, factor)
  local heap = quantity(part.memory or "1g")
  if part.memoryOverhead ~= nil then return kube.resourceAdd(heap, quantity(part.memoryOverhead)) end
  local overhead = math.max(kube.getResourceQuantity(heap) * factor, SMALLEST_OVERHEAD)
  return kube.resourceAdd(heap, tostring(overhead))
end

local function component(name, replicas, part, factor)
  local request = { cpu = part.cores or 1, memory = memory_of(part, factor) }
  local gpu = part.gpu
  if gpu ~= nil and (gpu.name or "") ~= "" and pods.number(gpu.quantity, 0) > 0 then request[gpu.name] = gpu.quantity end
  local affinity = part.affinity ~= nil and part.affinity.nodeAffinity or {}
  local needs = { resourceRequest = request }
  needs.nodeClaim = {
    nodeSelector = part.nodeSelector, tolerations = part.tolerations,
    hardNodeAffinity = affinity.requiredDuringSchedulingIgnoredDuringExecution,
  }
  if part.priorityClassName ~= "" then needs.priorityClassName = part.priorityClassName end
  return { name = name, replicas = replicas, replicaRequirements = needs }
end

-- With dynamic allocation, the number of executors is the initial number.
local function executors(spec)
  local count = pods.number((spec.executor or {}).instances, 1)
  local dynamic = spec.dynamicAllocation or {}
  if not dynamic.enabled then return count end
  return math.max(count, pods.number(dynamic.initialExecutors, 1), pods.number(dynamic.minExecutors, 1))
end

function GetComponents(object)
  local spec = object.spec or {}
  local language = spec.type:lower()
  local default = (language == "java" or language == "scala") and 0.1 or 0.4
  local factor = pods.number(spec.memoryOverheadFactor, default)
  return {
    component("driver", 1, spec.driver or {}, factor),
    component("executor", executors(spec), spec.executor or {}, factor),
  }
end

function ReflectStatus(object)
  if object.status == nil then return {} end
  return status.pick(object.status, FIELDS)
end

-- An unknown state is an error, because its severity is unknown.
function AggregateStatus(object, items)
  if items == nil then return object end
  local members = status.reported(items)
  if #items == 1 then
    object.status = status.pick(members[1] ~= nil and members[1].status or {}, FIELDS)
    return object
  end
  local merged = status.sum(items, { "executionAttempts", "submissionAttempts" }, object.status or {})
  merged.executorState = {}
  merged.lastSubmissionAttemptTime, merged.terminationTime = nil, nil
  local worst = -1
  for _, member in ipairs(members) do
    local result = member.status
    local state = result.applicationState
    if state ~= nil and WEIGHTS[state.state] > worst then worst, merged.applicationState = WEIGHTS[state.state], state end
    for name, each in pairs(result.executorState or {}) do merged.executorState[name] = each end
    for _, name in ipairs({ "lastSubmissionAttemptTime", "terminationTime" }) do
      merged[name] = merge.later(merged[name], result[name])
    end
  end
  merged.lastSubmissionAttemptTime = merged.lastSubmissionAttemptTime or ""
  merged.terminationTime = merged.terminationTime or ""
  object.status = merged
  return object
end

function InterpretHealth(object)
  local state = object.status ~= nil and object.status.applicationState or {}
  return state.state ~= nil and state.state ~= "FAILED"
end
