-- Policy of Kyverno: rules for requests to one namespace.

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
