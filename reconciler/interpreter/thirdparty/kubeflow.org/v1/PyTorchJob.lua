-- PyTorchJob of Kubeflow: a master and workers.

local training = require("training")

local GROUPS = { "Master", "Worker" }

function GetComponents(object)
  return training.components(object, "pytorchReplicaSpecs", GROUPS)
end

local function condition(kind, reason, message, seen)
  return {
    type = kind, status = "True", reason = reason, message = message,
    lastUpdateTime = seen.updated, lastTransitionTime = seen.changed,
  }
end

-- Created and running if one member is, failed if one is, succeeded if all are.
local function conditions(holding, complete)
  local result = {}
  if holding.Created then
    table.insert(result, condition("Created", "PyTorchJobCreated", "PyTorchJob is created.", holding.Created))
  end
  if holding.Failed then
    local message = "PyTorchJob executed failed in member clusters: " .. table.concat(holding.Failed.members, ", ")
    table.insert(result, condition("Failed", "PyTorchJobFailed", message, holding.Failed))
  elseif complete then
    local message = "PyTorchJob is successfully completed."
    table.insert(result, condition("Succeeded", "PyTorchJobSucceeded", message, holding.Succeeded))
  elseif holding.Running then
    table.insert(result, condition("Running", "PyTorchJobRunning", "PyTorchJob is running.", holding.Running))
  end
  return result
end

function AggregateStatus(object, items)
  training.aggregate(object, items, conditions)
  object.status = object.status or training.nothing()
  return object
end

function InterpretHealth(object)
  return training.is_healthy(object)
end

function GetDependencies(object)
  return training.dependencies(object, "pytorchReplicaSpecs", GROUPS)
end
