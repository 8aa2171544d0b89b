-- DaemonSet of OpenKruise: the DaemonSet of Kubernetes with in-place updates and partitions.

local kube = require("kube")
local rollout = require("rollout")
local status = require("status")

local COUNTERS = {
  "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady", "updatedNumberScheduled",
  "numberAvailable", "numberUnavailable",
}

function ReflectStatus(object)
  return status.pick_with_generation(object, {
    "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady", "updatedNumberScheduled",
    "numberAvailable", "numberUnavailable", "daemonSetHash", "observedGeneration",
  })
end

function AggregateStatus(object, items)
  local merged = status.sum(items, COUNTERS, object.status or {})
  merged.observedGeneration = status.observed_generation(object, items)
  -- Without members, Karmada's script writes a number here.
  merged.daemonSetHash = status.last(items, "daemonSetHash", (items == nil or #items == 0) and 0 or "")
  object.status = merged
  return object
end

function InterpretHealth(object)
  return rollout.is_done(object, object.status.desiredNumberScheduled, "updatedNumberScheduled", "numberAvailable")
end

function GetDependencies(object)
  return kube.getPodDependencies(object.spec.template, object.metadata.namespace) or {}
end
