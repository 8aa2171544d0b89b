-- HelmRelease of Flux: installs a chart.

local conditions = require("conditions")
local flux = require("flux")
local references = require("references")
local status = require("status")

local TEXTS = { "lastAttemptedRevision", "lastAppliedRevision", "lastAttemptedValuesChecksum", "helmChart" }
local FAILURES = { "failures", "upgradeFailures", "installFailures" }

function Retain(desired, live)
  return flux.retain(desired, live)
end

function ReflectStatus(object)
  return status.pick_with_generation(object, {
    "conditions", "observedGeneration", "lastAttemptedRevision", "lastAppliedRevision", "lastAttemptedValuesChecksum",
    "helmChart", "lastReleaseRevision", "failures", "upgradeFailures", "installFailures",
  })
end

function AggregateStatus(object, items)
  local merged = flux.aggregate(object, items)
  if items == nil then
    for _, name in ipairs(TEXTS) do merged[name] = "" end
    for _, name in ipairs(FAILURES) do merged[name] = 0 end
    merged.lastReleaseRevision = ""
    return object
  end
  for _, name in ipairs(TEXTS) do merged[name] = status.last_text(items, name, merged[name]) end
  merged.lastReleaseRevision = status.last(items, "lastReleaseRevision", merged.lastReleaseRevision)
  -- As in Karmada, failures are added only if the template has a count.
  for _, name in ipairs(FAILURES) do
    if merged[name] ~= nil then merged[name] = merged[name] + status.sum(items, { name }, {})[name] end
  end
  return object
end

function InterpretHealth(object)
  return conditions.holds(object.status, "Ready", "ReconciliationSucceeded")
end

function GetDependencies(object)
  local spec = object.spec
  local list, add, add_secret = references.list(object)
  for _, source in ipairs(spec.valuesFrom or {}) do
    if source.kind == "Secret" or source.kind == "ConfigMap" then add(source.kind, source.name) end
  end
  local chart = spec.chart ~= nil and spec.chart.spec or {}
  add_secret(chart.verify ~= nil and chart.verify.secretRef or nil)
  add_secret(spec.kubeConfig ~= nil and spec.kubeConfig.secretRef or nil)
  add("ServiceAccount", spec.serviceAccountName or "")
  return list
end
