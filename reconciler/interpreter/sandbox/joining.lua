-- The operator `..`: numbers become text as in Go, and what is copied is charged.
--
-- Lua has no way to change `..` between texts and numbers. So every `a .. b` of a script is read as
-- `a .. mark .. b` (lua.py), where the mark is an object with a meaning of its own for `..`. As the operator
-- associates to the right, `mark .. b` comes first: it leaves `b` in the carrier, which `a` is then joined to.

local type, error, setmetatable = type, error, setmetatable

return function(limits, numbers)
  local carrier, carried = {}, nil

  local function text(value)
    local found = numbers.coerced(value)
    if not found then error("attempt to concatenate a " .. type(value) .. " value", 3) end
    return found
  end

  local meta = { __metatable = false }

  function meta.__concat(left, right)
    if right ~= carrier then
      carried = text(right)
      return carrier
    end
    local joined = text(left) .. carried
    limits.spend(#joined / 32)
    return joined
  end

  setmetatable(carrier, meta)

  -- A mark for one call: tables can be written to, and nothing may outlast the call.
  return function() return setmetatable({}, meta) end
end
