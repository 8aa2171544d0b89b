-- FlinkDeployment: a Flink cluster of job managers and task managers, for one job or several.

local kube = require("kube")
local merge = require("merge")
local pods = require("pods")
local status = require("status")

local FIELDS = {
  "clusterInfo", "error", "jobManagerDeploymentStatus", "jobStatus", "lifecycleState", "observedGeneration",
  "reconciliationStatus", "taskManager",
}
local BEGINNING = { CREATED = true, INITIALIZING = true, RECONCILING = true }
local GOING_ON = {
  RUNNING = true, FINISHED = true, FAILED = true, CANCELED = true, SUSPENDED = true, CANCELLING = true, FAILING = true,
  RESTARTING = true,
}
local FAULTS_OF_THE_USER = { "ErrImagePull", "ImagePullBackOff", "CrashLoopBackOff" }

local function managers(spec)
  local job = spec.jobManager or {}
  local task = spec.taskManager or {}
  return job, task, job.resource or {}, task.resource or {}
end

-- If the number of task managers is absent, the job's parallelism and the slots of each task manager determine it.
local function counts(spec)
  local job, task = managers(spec)
  local number = pods.number(task.replicas, nil)
  if number == nil then
    local parallelism = pods.number(spec.job ~= nil and spec.job.parallelism or nil, nil)
    local slots = pods.number((spec.flinkConfiguration or {})["taskmanager.numberOfTaskSlots"], nil)
    number = 1
    if parallelism ~= nil and slots ~= nil and slots ~= 0 then number = math.ceil(parallelism / slots) end
  end
  return pods.number(job.replicas, 1), number
end

-- Nodes and priority in the common pod template.
local function add_template(needs, spec)
  local pod = spec.podTemplate ~= nil and spec.podTemplate.spec or {}
  if pod.nodeSelector ~= nil or pod.tolerations ~= nil then
    needs.nodeClaim = merge.copy({ nodeSelector = pod.nodeSelector, tolerations = pod.tolerations })
  end
  if pod.priorityClassName ~= "" then needs.priorityClassName = pod.priorityClassName end
  return needs
end

-- Both kinds of pods together; each counts as the larger kind.
function GetReplicas(object)
  local spec = object.spec or {}
  local job_managers, task_managers = counts(spec)
  local _, _, job, task = managers(spec)
  local larger = kube.getResourceQuantity(job.memory) > kube.getResourceQuantity(task.memory) and job or task
  local cpu = job.cpu
  if task.cpu ~= nil and (cpu == nil or tonumber(task.cpu) > tonumber(cpu)) then cpu = task.cpu end
  local needs = { resourceRequest = { cpu = cpu, memory = larger.memory } }
  if object.metadata.namespace ~= "" then needs.namespace = object.metadata.namespace end
  return job_managers + task_managers, add_template(needs, spec)
end

-- As in Karmada, memory is read as a quantity of Kubernetes; in Flink's own notation "2048m" means megabytes.
local function component(name, number, resource, spec)
  local memory = resource.memory ~= nil and kube.getResourceQuantity(resource.memory) or nil
  local needs = { resourceRequest = { cpu = resource.cpu, memory = memory } }
  return { name = name, replicas = number, replicaRequirements = add_template(needs, spec) }
end

function GetComponents(object)
  local spec = object.spec or {}
  local job_managers, task_managers = counts(spec)
  local _, _, job, task = managers(spec)
  return { component("jobmanager", job_managers, job, spec), component("taskmanager", task_managers, task, spec) }
end

function ReflectStatus(object)
  if object.status == nil then return {} end
  return status.pick(object.status, FIELDS)
end

-- The status is that of the last member that has reported one.
function AggregateStatus(object, items)
  if items == nil then return object end
  local last = { error = "", jobManagerDeploymentStatus = "", lifecycleState = "", observedGeneration = 0 }
  for _, member in ipairs(status.reported(items)) do last = member.status end
  object.status = object.status or {}
  for _, name in ipairs(FIELDS) do object.status[name] = last[name] end
  return object
end

local function is_fault_of_the_user(message)
  for _, reason in ipairs(FAULTS_OF_THE_USER) do
    if message:find(reason, 1, true) then return true end
  end
  return false
end

-- A job that does not start is unhealthy, unless its definition is wrong: another cluster would not help then.
function InterpretHealth(object)
  local result = object.status
  if result == nil then return false end
  local state = result.jobStatus ~= nil and result.jobStatus.state or nil
  if state == nil then return result.jobManagerDeploymentStatus == "READY" and result.lifecycleState == "STABLE" end
  if BEGINNING[state] then return is_fault_of_the_user(result.error or "") end
  return GOING_ON[state] == true
end
