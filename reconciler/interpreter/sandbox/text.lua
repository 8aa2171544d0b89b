-- The string library as in Karmada: `gsub`, `rep` and `dump` are disabled, `upper` and `lower` support Unicode.

local type, error, select, tonumber, tostring = type, error, select, tonumber, tostring
local byte, char, sub, len, reverse = string.byte, string.char, string.sub, string.len, string.reverse
local lower, upper = string.lower, string.upper
local raw_find, raw_format, raw_gsub, concat = string.find, string.format, string.gsub, table.concat
local ceil, floor = math.ceil, math.floor

return function(limits, numbers, patterns, host)
  local function text(value, position, name)
    local result = numbers.coerced(value)
    if not result then
      error("bad argument #" .. position .. " to '" .. name .. "' (string expected, got " .. type(value) .. ")", 3)
    end
    limits.spend(#result / 32)
    return result
  end

  local function changed_case(raw, wide, name)
    return function(value)
      local result = text(value, 1, name)
      if not raw_find(result, "[\128-\255]") then return raw(result) end
      local _, changed = wide(result)
      return changed
    end
  end

  local QUOTED = { ['"'] = '\\"', ["\\"] = "\\\\", ["\a"] = "\\a", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n",
    ["\r"] = "\\r", ["\t"] = "\\t", ["\v"] = "\\v" }
  local function quoted(sign) return QUOTED[sign] or raw_format("\\x%02x", byte(sign)) end

  local function whole(number) return number < 0 and ceil(number) or floor(number) end

  -- The value of one placeholder, as in Go: numbers with the fewest digits, without fraction for %d.
  local function filled(flags, precision, verb, value)
    if verb == "s" then return raw_format("%" .. flags .. precision .. "s", text(numbers.tostring(value), 1, "format")) end
    if verb == "q" then return '"' .. raw_gsub(text(value, 1, "format"), '[%c"\\]', quoted) .. '"' end
    local number = tonumber(value)
    if not number then error("bad argument to 'format' (number expected, got " .. type(value) .. ")", 3) end
    if verb == "c" then return char(number) end
    if raw_find(verb, "[diuoxX]") then
      return raw_format("%" .. flags .. precision .. (verb == "u" and "d" or verb), whole(number))
    end
    if raw_find(verb, "[gG]") and precision == "" then
      return raw_format("%" .. flags .. "s", numbers.text(number, 6))
    end
    if raw_find(verb, "[eEfgG]") then return raw_format("%" .. flags .. precision .. verb, number) end
    error("invalid option '%" .. verb .. "' to 'format'", 3)
  end

  local function format(template, ...)
    local pieces, position, used = {}, 1, 0
    template = text(template, 1, "format")
    while true do
      local first, last, flags, precision, verb = raw_find(template, "%%([-+ #0]*%d*)(%.?%d*)(.?)", position)
      if not first then break end
      pieces[#pieces + 1] = sub(template, position, first - 1)
      if verb == "%" then
        pieces[#pieces + 1] = "%"
      else
        used = used + 1
        if used > select("#", ...) then error("bad argument #" .. used + 1 .. " to 'format' (no value)", 2) end
        pieces[#pieces + 1] = filled(flags, precision, verb, (select(used, ...)))
      end
      position = last + 1
    end
    pieces[#pieces + 1] = sub(template, position)
    return concat(pieces)
  end

  return {
    byte = function(value, first, last)
      value, first = text(value, 1, "byte"), first or 1
      limits.spend(last and #value or 0)
      return byte(value, first, last or first)
    end,
    char = char, len = len,
    sub = function(value, ...) return sub(text(value, 1, "sub"), ...) end,
    reverse = function(value) return reverse(text(value, 1, "reverse")) end,
    lower = changed_case(lower, host.lower, "lower"),
    upper = changed_case(upper, host.upper, "upper"),
    find = function(value, pattern, ...) return patterns.find(text(value, 1, "find"), text(pattern, 2, "find"), ...) end,
    match = function(value, pattern, ...) return patterns.match(text(value, 1, "match"), text(pattern, 2, "match"), ...) end,
    gmatch = function(value, pattern) return patterns.gmatch(text(value, 1, "gmatch"), text(pattern, 2, "gmatch")) end,
    format = format,
    gsub = limits.refused("string.gsub"), rep = limits.refused("string.rep"), dump = limits.refused("string.dump"),
  }
end
