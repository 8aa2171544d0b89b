-- Workflow of Argo: steps that run to completion. Its parallelism counts as replicas.

local kube = require("kube")
local references = require("references")

function GetReplicas(object)
  local spec = object.spec
  local pod = { affinity = spec.affinity, nodeSelector = spec.nodeSelector, tolerations = spec.tolerations }
  return spec.parallelism or 1, kube.accuratePodRequirements({ spec = pod })
end

function ReviseReplica(object, replicas)
  object.spec.parallelism = replicas
  return object
end

-- The member runs the workflow: it knows whether the workflow is suspended, and its progress.
function Retain(desired, live)
  if live.spec.suspend ~= nil then desired.spec.suspend = live.spec.suspend end
  if live.status ~= nil then desired.status = live.status end
  return desired
end

function InterpretHealth(object)
  local phase = object.status ~= nil and object.status.phase or ""
  return phase ~= "" and phase ~= "Error" and phase ~= "Failed"
end

-- The references of its own volumes, as in Karmada: without templates, and without volumes of Secrets.
function GetDependencies(object)
  local spec = object.spec
  local list, add = references.list(object)
  for _, claim in ipairs(spec.volumeClaimTemplates or {}) do add("PersistentVolumeClaim", claim.metadata.name or "") end
  if spec.executor ~= nil then add("ServiceAccount", spec.executor.serviceAccountName or "") end
  local volumes = {}
  for _, volume in ipairs(spec.volumes or {}) do
    volume.secret = nil
    table.insert(volumes, volume)
  end
  local pod = { volumes = volumes, imagePullSecrets = spec.imagePullSecrets, serviceAccountName = spec.serviceAccountName }
  for _, reference in ipairs(kube.getPodDependencies({ spec = pod }, nil) or {}) do add(reference.kind, reference.name) end
  return list
end
