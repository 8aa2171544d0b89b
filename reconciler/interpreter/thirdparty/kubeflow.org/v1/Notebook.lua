-- Notebook of Kubeflow: one pod for interactive work.

local kube = require("kube")
local status = require("status")

local UNSCHEDULABLE = "Unschedulable"
local FAILURES = { Error = true, OOMKilled = true, ContainerCannotRun = true }

function GetReplicas(object)
  return 1, kube.accuratePodRequirements(object.spec.template)
end

function ReflectStatus(object)
  local result = object.status
  if result == nil then return {} end
  return {
    readyReplicas = result.readyReplicas or 0,
    containerState = result.containerState or {},
    conditions = result.conditions or {},
  }
end

-- Whether a container runs, is starting, or has succeeded.
local function is_well(state)
  if state.running ~= nil then return true end
  if state.waiting ~= nil then return state.waiting.reason == "ContainerCreating" end
  local ended = state.terminated
  return ended ~= nil and (ended.exitCode or 0) == 0 and not FAILURES[ended.reason or ""]
end

function InterpretHealth(object)
  return object.status ~= nil and object.status.containerState ~= nil and is_well(object.status.containerState)
end

-- Whether `other` replaces `state`: unhealthy states come first, then the later one.
local function outweighs(other, state)
  if state == nil or not is_well(other) then return true end
  if not is_well(state) then return false end
  if other.running ~= nil and state.running ~= nil then return other.running.startedAt > state.running.startedAt end
  return other.running == nil
end

local function condition(kind, reason, message)
  local now = os.date("!%Y-%m-%dT%H:%M:%SZ")
  return { type = kind, status = "True", reason = reason, message = message, lastProbeTime = now, lastTransitionTime = now }
end

local function conditions(failed, ready, members)
  if #failed > 0 then
    local message = "Notebook executed failed in member clusters: " .. table.concat(failed, ", ")
    return { condition("Failed", "NotebookFailed", message) }
  elseif ready > 0 and ready == members then
    return { condition("Ready", "Ready", "All notebooks are ready") }
  end
  return {}
end

function AggregateStatus(object, items)
  if items == nil then return object end
  if #items == 1 then
    object.status = items[1].status
    return object
  end
  local failed, ready, shown = {}, 0, nil
  for _, member in ipairs(status.reported(items)) do
    local state = member.status.containerState or {}
    if next(state) == nil then state = { waiting = { reason = UNSCHEDULABLE } } end
    if not is_well(state) then table.insert(failed, member.cluster) end
    if state.running ~= nil then ready = ready + 1 end
    if outweighs(state, shown) then shown = state end
  end
  object.status = status.sum(items, { "readyReplicas" }, {})
  object.status.containerState = shown
  object.status.conditions = conditions(failed, ready, #items)
  return object
end
