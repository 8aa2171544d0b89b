-- The math library of Lua 5.1. Random numbers are the same in every call, because results must not differ between runs.

local floor, error = math.floor, error

return function()
  local library = { mod = math.fmod }
  for name in ("abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp huge ldexp log log10 max min modf pi pow "
    .. "rad sin sinh sqrt tan tanh"):gmatch("%S+") do
    library[name] = math[name]
  end

  local state = 0

  function library.randomseed(seed) state = floor(seed) % 2147483648 end

  function library.random(low, high)
    state = (state * 1103515245 % 2147483648 + 12345) % 2147483648
    local fraction = state / 2147483648
    if not low then return fraction end
    if not high then low, high = 1, low end
    if high < low then error("bad argument to 'random' (interval is empty)", 2) end
    return low + floor(fraction * (high - low + 1))
  end

  return library
end
