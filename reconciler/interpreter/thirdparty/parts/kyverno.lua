-- Policies of Kyverno. The two kinds differ only in their scope.

local conditions = require("conditions")
local status = require("status")

local RULES = { "validate", "generate", "mutate", "verifyimages" }

local kyverno = {}

function kyverno.reflect(object)
  if object.status == nil then return {} end
  return status.pick(object.status, { "ready", "conditions", "autogen", "rulecount" })
end

-- A member that reports a number of rules must report it for all types of rules.
function kyverno.aggregate(object, items)
  if items == nil then return object end
  local counts = {}
  for _, rule in ipairs(RULES) do
    counts[rule] = 0
    for _, member in ipairs(status.reported(items)) do
      local result = member.status.rulecount
      if result ~= nil then counts[rule] = counts[rule] + result[rule] end
    end
  end
  object.status = {
    autogen = status.last(items, "autogen", nil),
    ready = status.last(items, "ready", nil),
    rulecount = counts,
    conditions = conditions.merge(items),
  }
  return object
end

function kyverno.is_ready(object)
  if object.status ~= nil and object.status.ready ~= nil then return object.status.ready end
  return conditions.holds(object.status, "Ready", "Succeeded")
end

return kyverno
