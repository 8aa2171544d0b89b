-- Clusters of Ray: one head and groups of workers. Each job and each service has its own cluster.

local kube = require("kube")
local pods = require("pods")

local ray = {}

local function head(cluster)
  return cluster.headGroupSpec ~= nil and cluster.headGroupSpec.template or nil
end

function ray.groups(cluster)
  return cluster.workerGroupSpecs or {}
end

-- The head, if it has a template, and each group of workers.
function ray.components(cluster)
  local result = {}
  if cluster == nil then return result end
  if head(cluster) ~= nil then table.insert(result, pods.component("ray-head", 1, head(cluster))) end
  for i, group in ipairs(ray.groups(cluster)) do
    local name = group.groupName
    if name == nil or name == "" then name = "worker-" .. i end
    table.insert(result, pods.component(name, group.replicas or 0, group.template))
  end
  return result
end

-- References of the templates of a cluster (which may be nil), and of one more template.
function ray.dependencies(object, cluster, another)
  local templates, count = { another }, 1
  if cluster ~= nil then
    templates[2], count = head(cluster), 2
    for _, group in ipairs(ray.groups(cluster)) do
      count = count + 1
      templates[count] = group.template
    end
  end
  local namespace = object.metadata.namespace
  local result = pods.dependencies(namespace, templates, count)
  for _, reference in ipairs(result) do reference.namespace = namespace end
  return result
end

local function larger(a, b)
  if a == nil or (b ~= nil and kube.getResourceQuantity(b) > kube.getResourceQuantity(a)) then return b end
  return a
end

-- What any one pod needs: the largest CPU and memory of all groups, and the nodes of the head.
function ray.requirements(cluster)
  local first = head(cluster) ~= nil and kube.accuratePodRequirements(head(cluster)) or {}
  local request = first.resourceRequest or {}
  for _, group in ipairs(ray.groups(cluster)) do
    local needs = group.template ~= nil and kube.accuratePodRequirements(group.template) or {}
    local worker = needs.resourceRequest or {}
    request.cpu, request.memory = larger(request.cpu, worker.cpu), larger(request.memory, worker.memory)
  end
  if next(request) == nil and first.nodeClaim == nil then return nil end
  return { resourceRequest = request, nodeClaim = first.nodeClaim }
end

return ray
