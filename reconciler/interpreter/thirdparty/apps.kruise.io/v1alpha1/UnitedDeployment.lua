-- UnitedDeployment: one workload for each group of nodes, from one template.

local kube = require("kube")
local rollout = require("rollout")
local status = require("status")

local COUNTERS = { "replicas", "readyReplicas", "updatedReplicas", "availableReplicas", "unavailableReplicas" }

function GetReplicas(object)
  return object.spec.replicas, kube.accuratePodRequirements(object.spec.template)
end

function ReviseReplica(object, replicas)
  object.spec.replicas = replicas
  return object
end

function ReflectStatus(object)
  return status.pick_with_generation(object, {
    "replicas", "readyReplicas", "updatedReplicas", "availableReplicas", "unavailableReplicas", "observedGeneration",
    "conditions",
  })
end

function AggregateStatus(object, items)
  local merged = status.sum(items, COUNTERS, object.status or {})
  merged.observedGeneration = status.observed_generation(object, items)
  object.status = merged
  return object
end

function InterpretHealth(object)
  if object.status == nil or object.spec == nil then return false end
  return rollout.is_done(object, object.spec.replicas, "updatedReplicas", "availableReplicas")
end

function GetDependencies(object)
  return kube.getPodDependencies(object.spec.template, object.metadata.namespace)
end
