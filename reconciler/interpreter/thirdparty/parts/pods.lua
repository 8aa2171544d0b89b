-- Workloads that consist of several kinds of pods.

local kube = require("kube")

local pods = {}

-- A number that may have been written as text.
function pods.number(value, default)
  return tonumber(value) or default
end

-- A component of `replicas` pods of one template; without a template nothing is known of its needs.
function pods.component(name, replicas, template)
  local needs = template ~= nil and kube.accuratePodRequirements(template) or nil
  return { name = name, replicas = replicas, replicaRequirements = needs }
end

-- References of all the templates (some may be nil: give their number), in the namespace that is stated.
function pods.dependencies(namespace, templates, count)
  local found = {}
  for i = 1, count do
    if templates[i] ~= nil then
      for _, reference in ipairs(kube.getPodDependencies(templates[i], namespace) or {}) do
        table.insert(found, reference)
      end
    end
  end
  return found
end

return pods
