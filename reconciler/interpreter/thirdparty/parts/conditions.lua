-- Conditions of the same object in several clusters.

local conditions = {}

-- Whether one of them has this type, is True, and has one of the reasons.
function conditions.holds(status, kind, ...)
  for _, condition in ipairs(status ~= nil and status.conditions or {}) do
    if condition.type == kind and condition.status == "True" then
      for _, reason in ipairs({ ... }) do
        if condition.reason == reason then return true end
      end
    end
  end
  return false
end

local function same(a, b)
  return a.type == b.type and a.status == b.status and a.reason == b.reason
end

-- The conditions of all members. Equal conditions become one, with all messages, each after the name of its member.
function conditions.merge(items)
  local merged = {}
  for _, item in ipairs(items or {}) do
    for _, condition in ipairs(item.status ~= nil and item.status.conditions or {}) do
      condition.message = item.clusterName .. "=" .. condition.message
      local known
      for _, other in ipairs(merged) do
        if same(other, condition) then
          known = other
          break
        end
      end
      if known then
        known.message = known.message .. ", " .. condition.message
      else
        table.insert(merged, condition)
      end
    end
  end
  return merged
end

return conditions
