-- TFJob of Kubeflow: parameter servers, workers, chief and evaluator.

local training = require("training")

local GROUPS = { "PS", "Worker", "Chief", "Master", "Evaluator" }

function GetComponents(object)
  return training.components(object, "tfReplicaSpecs", GROUPS)
end

local function condition(kind, reason, message)
  local now = os.date("!%Y-%m-%dT%H:%M:%SZ")
  return { type = kind, status = "True", reason = reason, message = message, lastProbeTime = now, lastTransitionTime = now }
end

-- Only final conditions: failed if one member failed, succeeded if all members succeeded.
local function conditions(holding, complete)
  local result = {}
  if holding.Failed then
    local message = "TFJob executed failed in member clusters: " .. table.concat(holding.Failed.members, ", ")
    table.insert(result, condition("Failed", "TFJobFailed", message))
  end
  if complete then table.insert(result, condition("Succeeded", "Completed", "TFJob completed successfully")) end
  return result
end

function AggregateStatus(object, items)
  return training.aggregate(object, items, conditions)
end

function InterpretHealth(object)
  return training.is_healthy(object)
end

function GetDependencies(object)
  return training.dependencies(object, "tfReplicaSpecs", GROUPS)
end
