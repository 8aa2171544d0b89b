-- The operator `..`: numbers become text as in Go, and copying text costs instructions of the budget.
--
-- Lua does not allow changing `..` for text and numbers. So every `a .. b` of a script is rewritten to
-- `a .. mark .. b` (lua.py), where the mark is an object with its own `..`. The operator is right-associative,
-- so `mark .. b` runs first: it stores `b` in the carrier, which is then concatenated to `a`.
--
-- Mark and carrier are new in each call: a script may find a way to write to them, and no change may outlast the call.

local type, error, setmetatable = type, error, setmetatable

return function(limits, numbers)
  local function text(value)
    local result = numbers.coerced(value)
    if not result then error("attempt to concatenate a " .. type(value) .. " value", 3) end
    return result
  end

  return function()
    local carrier, carried = {}, nil
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
    return setmetatable({}, meta)
  end
end
