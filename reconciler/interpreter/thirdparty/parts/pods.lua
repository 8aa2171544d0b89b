-- Workloads with several kinds of pods.

local kube = require("kube")

local pods = {}

-- A number that may be written as text.
function pods.number(value, default)
  return tonumber(value) or default
end

-- A component of `replicas` pods of one template. Without a template it has no requirements.
function pods.component(name, replicas, template)
  local needs = template ~= nil and kube.accuratePodRequirements(template) or nil
  return { name = name, replicas = replicas, replicaRequirements = needs }
end

-- References of all templates in this namespace. Some templates may be nil, so pass their number.
function pods.dependencies(namespace, templates, count)
  local result = {}
  for i = 1, count do
    if templates[i] ~= nil then
      for _, reference in ipairs(kube.getPodDependencies(templates[i], namespace) or {}) do
        table.insert(result, reference)
      end
    end
  end
  return result
end

return pods
