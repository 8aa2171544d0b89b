-- Functions that merge several values.

local merge = {}

-- A copy without zeros, empty strings and tables that become empty; nil if nothing is left.
function merge.filled(value)
  if type(value) ~= "table" then
    if value == 0 or value == "" or value == "0s" then return nil end
    return value
  end
  local result = {}
  for name, item in pairs(value) do result[name] = merge.filled(item) end
  if next(result) == nil then return nil end
  return result
end

-- A deep copy. It is needed because a table may occur only once in a result.
function merge.copy(value)
  if type(value) ~= "table" then return value end
  local result = {}
  for name, item in pairs(value) do result[name] = merge.copy(item) end
  return result
end

-- The smaller and the larger of two values. Both may be nil. Times are compared as text.
function merge.earlier(a, b)
  if a == nil or (b ~= nil and b < a) then return b end
  return a
end

function merge.later(a, b)
  if a == nil or (b ~= nil and b > a) then return b end
  return a
end

-- Appends all items of a list to another.
function merge.append(list, items)
  for _, item in ipairs(items or {}) do table.insert(list, item) end
  return list
end

-- Adds the numbers of pods by name of their group, such as `{Worker = {active = 1}}`, to `into`.
function merge.add_counts(into, counts)
  for group, found in pairs(counts or {}) do
    local total = into[group] or { active = 0, succeeded = 0, failed = 0 }
    for name in pairs(total) do total[name] = total[name] + (found[name] or 0) end
    into[group] = total
  end
  return into
end

return merge
