-- One call of one rule: new globals, a budget of instructions, one JSON text as the result.
--
-- This file is loaded once for each Lua state, before any script. Scripts cannot reach its variables: without the debug
-- library, a function gives no access to its upvalues. The budget is a count, not a time, so that a script fails on all
-- machines or on none. Instructions that copy text or lists cost more, in proportion to the size (`spend`).

local host, parts, budget = ...
local STEP = 1000 -- instructions between two checks of the budget
local EXHAUSTED = "stopped: it did not end within " .. budget / 1000000 .. " million instructions"
local LARGEST = 4 * 1024 * 1024 -- bytes of a result as JSON; an API server takes less than half of it

local error, type, pcall, xpcall, load, select, tonumber = error, type, pcall, xpcall, load, select, tonumber
local next, pack, raw_unpack = next, table.pack, table.unpack
local sethook, setupvalue, string_methods = debug.sethook, debug.setupvalue, getmetatable("")

local remaining = 0

local function spend(cost)
  remaining = remaining - cost
  if remaining < 0 then error(EXHAUSTED, 0) end
end

local function tick() spend(STEP) end

local function refused(name)
  return function() error(name .. " is not available to rules", 2) end
end

-- A script can catch errors, but not the end of its budget, and it never gets a Python object.
local function settled(ok, ...)
  if remaining < 0 then error(EXHAUSTED, 0) end
  if not ok and type((...)) == "userdata" then return false, "internal error" end
  return ok, ...
end

local function protected(f, ...) return settled(pcall(f, ...)) end

local function protected_with(f, handler, ...)
  return settled(xpcall(f, function(problem)
    if remaining < 0 or type(problem) == "userdata" then return problem end
    return handler(problem)
  end, ...))
end

local limits = { spend = spend, refused = refused }

-- One instruction that makes as many values as it is asked for, so each of them costs.
local function unpack(items, first, last)
  if type(items) ~= "table" then error("bad argument #1 to 'unpack' (table expected, got " .. type(items) .. ")", 2) end
  first, last = first or 1, last or #items
  spend(last > first and last - first or 0)
  return raw_unpack(items, first, last)
end

local function number(value, ...)
  if type(value) == "string" then spend(#value / 8) end
  return tonumber(value, ...)
end

local numbers = parts.numbers(limits)
local concat = parts.concat(limits, numbers)
local order = parts.order(limits)
local patterns = parts.patterns(limits)
local clock = parts.clock(limits)

local base = {
  _VERSION = "Lua 5.1",
  assert = assert, error = error, ipairs = ipairs, select = select, tonumber = number, type = type, unpack = unpack,
  tostring = numbers.tostring,
  pairs = order.pairs, next = order.next,
  pcall = protected, xpcall = protected_with,
  print = function() end,
}
for name in ("collectgarbage dofile getfenv getmetatable load loadfile loadstring module newproxy "
  .. "rawequal rawget rawset setfenv setmetatable"):gmatch("%S+") do
  base[name] = refused(name)
end

local libraries = {
  string = parts.text(limits, numbers, patterns, host),
  table = parts.lists(limits, numbers, order),
  math = parts.arithmetic(limits),
  os = clock.library,
}
local kube = parts.kube(limits, numbers, host)

local function copy(source)
  local result = {}
  for name, value in next, source do result[name] = value end
  return result
end

-- The globals of one call. They are not shared with other calls, so no change by a script remains.
local function fresh(modules)
  local env, loaded, preload = copy(base), {}, { kube = function() return copy(kube) end }
  for name, library in next, libraries do
    env[name] = copy(library)
    loaded[name] = env[name]
  end
  for name, chunk in next, modules do
    preload[name] = function()
      setupvalue(chunk, 1, env)
      return chunk()
    end
  end
  env._G = env
  env.package = { loaded = loaded, preload = preload, path = "", cpath = "" }
  loaded._G, loaded.package, loaded[".."] = env, env.package, concat()
  env.require = function(name)
    if loaded[name] == nil then
      if type(preload[name]) ~= "function" then error("there is no module of this name", 2) end
      local module = preload[name](name)
      loaded[name] = module == nil and true or module
    end
    return loaded[name]
  end
  string_methods.__index = env.string
  return env
end

local function enter(chunk, modules, result_count, name, ...)
  local env = fresh(modules)
  setupvalue(chunk, 1, env)
  chunk()
  local rule = env[name]
  if rule == nil then error("it defines no function " .. name, 0) end
  if type(rule) ~= "function" then error(name .. " is not a function", 0) end
  local results = pack(rule(...))
  local texts = {}
  for i = 1, result_count do texts[i] = numbers.json(results[i], 0, {}) end
  local text = "[" .. table.concat(texts, ",") .. "]"
  if #text > LARGEST then error("its result is larger than 4 MiB", 0) end
  return text
end

local function describe(problem)
  return type(problem) == "string" and problem or "it raised an error that is not text"
end

local function run(chunk, modules, now, result_count, name, ...)
  remaining = budget
  clock.set(now)
  libraries.math.randomseed(0)
  sethook(tick, "", STEP)
  local ok, result = xpcall(enter, describe, chunk, modules, result_count, name, ...)
  sethook()
  setupvalue(chunk, 1, nil)
  return ok, result
end

-- `source` has a mark in each `..` (see concat.lua). Text only: bytecode could break out of the sandbox.
local function compile(source) return load('local _concat_=require"..";' .. source, "=line", "t", {}) end

return compile, run
