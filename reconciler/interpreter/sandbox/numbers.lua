-- Values as text: numbers as Go prints them, and results as JSON.
--
-- Karmada's Lua is written in Go, which prints a number with the fewest digits that read back as the same number:
-- 0.1 + 0.2 is "0.30000000000000004", 2^53 "9007199254740992". Lua in C prints fourteen digits.

local type, tostring, tonumber, error, next = type, tostring, tonumber, error, next
local format, find, gsub, match, concat = string.format, string.find, string.gsub, string.match, table.concat
local floor, huge, sort, select = math.floor, math.huge, table.sort, select
local DEEPEST = 200

return function(limits)
  local numbers = {}

  -- The fewest digits that read back as the same number, with an exponent from 10^largest on.
  local function shortest(number, largest)
    local scientific
    for digits = 0, 16 do
      scientific = format("%." .. digits .. "e", number)
      if tonumber(scientific) == number then break end
    end
    local exponent = tonumber(match(scientific, "e(.*)$"))
    if exponent < -4 or exponent >= largest then return scientific end
    local decimals = #match(scientific, "%d%.?(%d*)e") - exponent
    return format("%." .. (decimals > 0 and decimals or 0) .. "f", number)
  end

  function numbers.text(number, largest)
    if number ~= number then return "NaN" end
    if number == huge then return "+Inf" end
    if number == -huge then return "-Inf" end
    if number == 0 then return "0" end
    if not largest and number == floor(number) and number >= -2^63 and number < 2^63 then
      return format("%.0f", number)
    end
    return shortest(number, largest or 21)
  end

  function numbers.tostring(...)
    local value = ...
    if select("#", ...) == 0 then error("bad argument #1 to 'tostring' (value expected)", 2) end
    return type(value) == "number" and numbers.text(value) or tostring(value)
  end

  -- A string, or a number as text; nil for other types.
  function numbers.coerced(value)
    if type(value) == "string" then return value end
    return type(value) == "number" and numbers.text(value) or nil
  end

  local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\" }
  local function escaped(sign) return ESCAPES[sign] or format("\\u%04x", sign:byte()) end

  local function quoted(text)
    limits.spend(#text / 16)
    if find(text, '[%c"\\]') then text = gsub(text, '[%c"\\]', escaped) end
    return '"' .. text .. '"'
  end

  local json

  local function list(value, depth, seen)
    local items, count = {}, 0
    for key in next, value do
      if type(key) ~= "number" then error("a table of its result has both numbers and text as keys", 0) end
      count = count + 1
    end
    for i = 1, count do
      if value[i] == nil then error("a list of its result has a gap, or does not begin at 1", 0) end
      items[i] = json(value[i], depth, seen)
    end
    return "[" .. concat(items, ",") .. "]"
  end

  local function mapping(value, depth, seen)
    local keys = {}
    for key in next, value do
      if type(key) ~= "string" then error("a table of its result has keys that are not all text", 0) end
      keys[#keys + 1] = key
    end
    sort(keys) -- The order of a table is not stable.
    for i = 1, #keys do keys[i] = quoted(keys[i]) .. ":" .. json(value[keys[i]], depth, seen) end
    return "{" .. concat(keys, ",") .. "}"
  end

  -- A table may occur only once in a result, also if there is no cycle. An empty table is written as a list.
  function json(value, depth, seen)
    local kind = type(value)
    if kind == "string" then return quoted(value) end
    if kind == "nil" then return "null" end
    if kind == "boolean" then return tostring(value) end
    if kind == "number" then
      if value ~= value or value == huge or value == -huge then error("a number of its result is not finite", 0) end
      return format("%.17g", value)
    end
    if kind ~= "table" then error("its result contains a " .. kind, 0) end
    if seen[value] then error("its result contains the same table twice", 0) end
    if depth > DEEPEST then error("its result is nested too deeply", 0) end
    seen[value] = true
    local first = next(value)
    return (type(first) == "number" or first == nil) and list(value, depth + 1, seen) or mapping(value, depth + 1, seen)
  end

  numbers.json = json
  return numbers
end
