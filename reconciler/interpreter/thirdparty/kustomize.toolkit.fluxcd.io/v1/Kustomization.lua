-- Kustomization of Flux: applies a folder of manifests.

local conditions = require("conditions")
local flux = require("flux")
local references = require("references")
local status = require("status")

local REVISIONS = { "lastAttemptedRevision", "lastAppliedRevision" }

function Retain(desired, live)
  return flux.retain(desired, live)
end

function ReflectStatus(object)
  return status.pick_with_generation(object, {
    "conditions", "observedGeneration", "lastAttemptedRevision", "lastAppliedRevision",
  })
end

function AggregateStatus(object, items)
  local merged = flux.aggregate(object, items)
  for _, name in ipairs(REVISIONS) do
    merged[name] = items == nil and "" or status.last_text(items, name, merged[name])
  end
  return object
end

function InterpretHealth(object)
  return conditions.holds(object.status, "Ready", "ReconciliationSucceeded")
end

function GetDependencies(object)
  local spec = object.spec
  local list, add, add_secret = references.list(object)
  add_secret(spec.decryption ~= nil and spec.decryption.secretRef or nil)
  add_secret(spec.kubeConfig ~= nil and spec.kubeConfig.secretRef or nil)
  add("ServiceAccount", spec.serviceAccountName or "")
  return list
end
