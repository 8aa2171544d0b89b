-- Iterates over a table in an order that is the same in every run: numbers ascending, then strings by their bytes.
--
-- Lua in C iterates in the order of a hash with a random seed. Karmada's Lua iterates in the order of insertion, but it
-- inserts documents in random order. A result that depends on the order would differ from pass to pass.

local type, error, raw_next, sort = type, error, next, table.sort

return function(limits)
  local order = {}

  local function before(a, b)
    local kind, other = type(a), type(b)
    if kind ~= other then return kind < other end
    return (kind == "number" or kind == "string") and a < b
  end

  local function keys_of(items)
    local numeric, texts, rest = {}, {}, {}
    for key in raw_next, items do
      local kind = type(key)
      local group = kind == "number" and numeric or kind == "string" and texts or rest
      group[#group + 1] = key
    end
    limits.spend(#numeric + #texts)
    sort(numeric)
    sort(texts)
    for i = 1, #texts do numeric[#numeric + 1] = texts[i] end
    for i = 1, #rest do numeric[#numeric + 1] = rest[i] end
    return numeric
  end

  local function check(items, name)
    if type(items) ~= "table" then
      error("bad argument #1 to '" .. name .. "' (table expected, got " .. type(items) .. ")", 3)
    end
  end

  function order.pairs(items)
    check(items, "pairs")
    local keys, i = keys_of(items), 0
    return function()
      while true do
        i = i + 1
        local key = keys[i]
        if key == nil then return nil end
        if items[key] ~= nil then return key, items[key] end -- else it was removed during the iteration
      end
    end, items, nil
  end

  -- The smallest key after `key`. Reads the whole table on each call; `pairs` does not.
  function order.next(items, key)
    check(items, "next")
    local found
    for candidate in raw_next, items do
      if (key == nil or before(key, candidate)) and (found == nil or before(candidate, found)) then found = candidate end
    end
    if found ~= nil then return found, items[found] end
    return nil
  end

  -- A stable merge sort: equal items keep their order, and an inconsistent comparison is not an error.
  function order.sort(items, precedes)
    local count, spare = #items, {}
    local source, target, width = items, spare, 1
    while width < count do
      for left = 1, count, 2 * width do
        local middle, last = math.min(left + width, count + 1), math.min(left + 2 * width, count + 1)
        local a, b = left, middle
        for i = left, last - 1 do
          if a < middle and (b >= last or not precedes(source[b], source[a])) then
            target[i], a = source[a], a + 1
          else
            target[i], b = source[b], b + 1
          end
        end
      end
      source, target, width = target, source, 2 * width
    end
    if source ~= items then for i = 1, count do items[i] = source[i] end end
  end

  return order
end
