-- ClusterPolicy of Kyverno: rules for all requests to the cluster.

local kyverno = require("kyverno")

function ReflectStatus(object)
  return kyverno.reflect(object)
end

function AggregateStatus(object, items)
  return kyverno.aggregate(object, items)
end

function InterpretHealth(object)
  return kyverno.is_ready(object)
end
