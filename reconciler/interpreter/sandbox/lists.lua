-- The table library of Lua 5.1. Moving and concatenating items costs instructions of the budget for each item.

local type, error, select = type, error, select
local insert, remove, concat, raw_next = table.insert, table.remove, table.concat, next

return function(limits, numbers, order)
  local function check(items, name)
    if type(items) ~= "table" then
      error("bad argument #1 to '" .. name .. "' (table expected, got " .. type(items) .. ")", 3)
    end
  end

  local function smaller(a, b) return a < b end

  local function joined(items, separator, first, last)
    check(items, "concat")
    separator, first, last = separator or "", first or 1, last or #items
    local texts = {}
    for i = first, last do
      local text = numbers.coerced(items[i])
      if not text then error("item " .. i .. " of the list to join is a " .. type(items[i]), 2) end
      limits.spend((#text + #separator) / 32)
      texts[#texts + 1] = text
    end
    return concat(texts, separator)
  end

  return {
    concat = joined,
    getn = function(items)
      check(items, "getn")
      return #items
    end,
    insert = function(items, ...)
      check(items, "insert")
      if select("#", ...) > 1 then limits.spend(#items / 4) end
      return insert(items, ...)
    end,
    maxn = function(items)
      check(items, "maxn")
      local largest = 0
      for key in raw_next, items do
        if type(key) == "number" and key > largest then largest = key end
      end
      return largest
    end,
    remove = function(items, position)
      check(items, "remove")
      if position == nil then return remove(items) end
      limits.spend(#items / 4)
      if position < 1 or position > #items then return nil end
      return remove(items, position)
    end,
    sort = function(items, precedes)
      check(items, "sort")
      order.sort(items, precedes or smaller)
    end,
  }
end
