-- Lua's patterns, matched by Lua code: a match in C would cost one instruction of the budget, however long it takes.
--
-- The time for a pattern such as "a-a-a-a-b" grows with a high power of the length of the text. Here every step counts.

local error, unpack = error, table.unpack
local byte, char, sub, raw_find = string.byte, string.char, string.sub, string.find

local PERCENT, CARET, DOLLAR, DOT, DASH, STAR, PLUS, QUESTION = byte("%^$.-*+?", 1, -1)
local OPEN_SET, CLOSE_SET, OPEN, CLOSE = byte("[]()", 1, -1)
local BALANCED, FRONTIER = byte("bf", 1, -1)
local UNCLOSED, POSITION = -1, -2

-- letter → byte → whether the byte belongs to the class
local classes = {}
for letter in ("acdlpsuwxACDLPSUWXgG"):gmatch(".") do
  local members = {}
  for code = 0, 255 do members[code] = raw_find(char(code), "%" .. letter) ~= nil end
  classes[byte(letter)] = members
end

local function in_class(code, letter)
  local class = classes[letter]
  if letter == byte("z") then return code == 0 end
  if letter == byte("Z") then return code ~= 0 end
  if class then return class[code] end
  return code == letter
end

local function malformed(why) error("malformed pattern (" .. why .. ")", 0) end

-- The position after the single-character class that begins at `at`.
local function class_end(pattern, at)
  local sign = byte(pattern, at)
  if sign == PERCENT then
    if at + 1 > #pattern then malformed("ends with '%'") end
    return at + 2
  elseif sign ~= OPEN_SET then
    return at + 1
  end
  at = at + 1
  if byte(pattern, at) == CARET then at = at + 1 end
  repeat -- the first character belongs to the set, even a closing bracket
    if at > #pattern then malformed("missing ']'") end
    at = at + (byte(pattern, at) == PERCENT and 2 or 1)
  until byte(pattern, at) == CLOSE_SET
  return at + 1
end

-- Whether the set between `at` (opening bracket) and `last` (closing bracket) contains this character.
local function in_set(code, pattern, at, last)
  local result = true
  at = at + 1
  if byte(pattern, at) == CARET then result, at = false, at + 1 end
  while at < last do
    local sign = byte(pattern, at)
    if sign == PERCENT then
      if in_class(code, byte(pattern, at + 1)) then return result end
      at = at + 2
    elseif byte(pattern, at + 1) == DASH and at + 2 < last then
      if sign <= code and code <= byte(pattern, at + 2) then return result end
      at = at + 3
    else
      if sign == code then return result end
      at = at + 1
    end
  end
  return not result
end

-- One attempt: `try(start, pattern_start)` returns the position after the match, or nil. The captures are in `self`.
local function attempt(text, pattern, spend)
  local self = { level = 0, starts = {}, lengths = {} }
  local starts, lengths = self.starts, self.lengths
  local size, pattern_size = #text, #pattern
  local try

  local function fits(at, p, after)
    local code = byte(text, at)
    if not code then return false end
    local sign = byte(pattern, p)
    if sign == DOT then return true end
    if sign == PERCENT then return in_class(code, byte(pattern, p + 1)) end
    if sign == OPEN_SET then return in_set(code, pattern, p, after - 1) end
    return sign == code
  end

  local function longest(at, p, after)
    local count = 0
    while fits(at + count, p, after) do count = count + 1 end
    for taken = count, 0, -1 do
      local stop = try(at + taken, after + 1)
      if stop then return stop end
    end
  end

  local function least(at, p, after)
    while true do
      local stop = try(at, after + 1)
      if stop then return stop end
      if not fits(at, p, after) then return nil end
      at = at + 1
    end
  end

  local function open(at, p, length)
    local level = self.level + 1
    self.level, starts[level], lengths[level] = level, at, length
    local stop = try(at, p)
    if not stop then self.level = level - 1 end
    return stop
  end

  local function close(at, p)
    for level = self.level, 1, -1 do
      if lengths[level] == UNCLOSED then
        lengths[level] = at - starts[level]
        local stop = try(at, p)
        if not stop then lengths[level] = UNCLOSED end
        return stop
      end
    end
    error("invalid pattern capture", 0)
  end

  local function balanced(at, p)
    local left, right = byte(pattern, p, p + 1)
    if not right then malformed("missing arguments to '%b'") end
    if byte(text, at) ~= left then return nil end
    local depth = 1
    for i = at + 1, size do
      local code = byte(text, i)
      if code == right then
        depth = depth - 1
        if depth == 0 then return i + 1 end
      elseif code == left then
        depth = depth + 1
      end
    end
  end

  local function repeated(at, digit)
    local level = digit - byte("0")
    if level < 1 or level > self.level or lengths[level] == UNCLOSED then error("invalid capture index", 0) end
    if lengths[level] == POSITION then return nil end
    spend(lengths[level] / 8)
    local part = sub(text, starts[level], starts[level] + lengths[level] - 1)
    return sub(text, at, at + #part - 1) == part and at + #part or nil
  end

  local function frontier(at, p)
    if byte(pattern, p) ~= OPEN_SET then malformed("missing '[' after '%f'") end
    local after = class_end(pattern, p)
    local previous = at == 1 and 0 or byte(text, at - 1)
    if in_set(previous, pattern, p, after - 1) then return nil end
    return in_set(byte(text, at) or 0, pattern, p, after - 1) and after or nil
  end

  function try(at, p)
    while p <= pattern_size do
      local sign, following = byte(pattern, p, p + 1)
      if sign == OPEN then
        if following == CLOSE then return open(at, p + 2, POSITION) end
        return open(at, p + 1, UNCLOSED)
      elseif sign == CLOSE then
        return close(at, p + 1)
      elseif sign == DOLLAR and p == pattern_size then
        return at == size + 1 and at or nil
      elseif sign == PERCENT and following == BALANCED then
        at, p = balanced(at, p + 2), p + 4
        if not at then return nil end
      elseif sign == PERCENT and following == FRONTIER then
        p = frontier(at, p + 2)
        if not p then return nil end
      elseif sign == PERCENT and following and following >= 48 and following <= 57 then
        at, p = repeated(at, following), p + 2
        if not at then return nil end
      else
        local after = class_end(pattern, p)
        local suffix = byte(pattern, after)
        if suffix == STAR then return longest(at, p, after) end
        if suffix == DASH then return least(at, p, after) end
        if suffix == PLUS then return fits(at, p, after) and longest(at + 1, p, after) or nil end
        if suffix == QUESTION then
          if fits(at, p, after) then
            local stop = try(at + 1, after + 1)
            if stop then return stop end
          end
          p = after + 1
        else
          if not fits(at, p, after) then return nil end
          at, p = at + 1, after
        end
      end
    end
    return at
  end

  self.try = try
  return self
end

return function(limits)
  local patterns = {}

  local function capture(result, text, level)
    if result.lengths[level] == POSITION then return result.starts[level] end
    if result.lengths[level] == UNCLOSED then error("unfinished capture", 0) end
    return sub(text, result.starts[level], result.starts[level] + result.lengths[level] - 1)
  end

  local function captures(result, text)
    local values = {}
    for level = 1, result.level do values[level] = capture(result, text, level) end
    return values
  end

  -- (first, last, list of captures) of the first match from `init` on; nothing if there is none.
  local function search(text, pattern, init, anchored)
    local p = anchored and 2 or 1
    local result = attempt(text, pattern, limits.spend)
    for at = init, anchored and init or #text + 1 do
      result.level = 0
      local stop = result.try(at, p)
      if stop then return at, stop - 1, captures(result, text) end
    end
  end

  local function start(text, init)
    init = init or 1
    if init < 0 then init = #text + init + 1 end
    return init < 1 and 1 or init
  end

  local function anchored(pattern) return byte(pattern, 1) == CARET end

  function patterns.find(text, pattern, init, plain)
    init = start(text, init)
    if init > #text + 1 then return nil end
    if plain or not raw_find(pattern, "[%^%$%*%+%?%.%(%)%[%]%%%-]") then
      limits.spend(#text * #pattern / 256)
      return raw_find(text, pattern, init, true)
    end
    local first, last, values = search(text, pattern, init, anchored(pattern))
    if first then return first, last, unpack(values) end
    return nil
  end

  function patterns.match(text, pattern, init)
    init = start(text, init)
    if init > #text + 1 then return nil end
    local first, last, values = search(text, pattern, init, anchored(pattern))
    if not first then return nil end
    if #values > 0 then return unpack(values) end
    return sub(text, first, last)
  end

  function patterns.gmatch(text, pattern)
    local at = 1
    return function()
      if at > #text + 1 then return nil end
      local first, last, values = search(text, pattern, at, false)
      if not first then
        at = #text + 2
        return nil
      end
      at = last < first and first + 1 or last + 1
      if #values > 0 then return unpack(values) end
      return sub(text, first, last)
    end
  end

  return patterns
end
