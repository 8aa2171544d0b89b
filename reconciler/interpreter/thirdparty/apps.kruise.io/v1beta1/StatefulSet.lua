-- StatefulSet of OpenKruise: the StatefulSet of Kubernetes with in-place updates.

local kube = require("kube")
local rollout = require("rollout")
local status = require("status")

local COUNTERS = {
  "replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas", "updatedReadyReplicas",
}
local TEXTS = { "updateRevision", "currentRevision" }

function GetReplicas(object)
  return object.spec.replicas, kube.accuratePodRequirements(object.spec.template)
end

function ReviseReplica(object, replicas)
  object.spec.replicas = replicas
  return object
end

function ReflectStatus(object)
  return status.pick_with_generation(object, {
    "replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas", "updatedReadyReplicas",
    "updateRevision", "currentRevision", "observedGeneration",
  })
end

function AggregateStatus(object, items)
  local merged = status.sum(items, COUNTERS, object.status or {})
  merged.observedGeneration = status.observed_generation(object, items)
  for _, name in ipairs(TEXTS) do merged[name] = status.last(items, name, "") end
  object.status = merged
  return object
end

function InterpretHealth(object)
  return rollout.is_seen(object) and rollout.is_done(object, object.spec.replicas, "updatedReplicas", "availableReplicas")
end

function GetDependencies(object)
  return kube.getPodDependencies(object.spec.template, object.metadata.namespace)
end
