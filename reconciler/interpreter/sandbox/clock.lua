-- `os.time` and `os.date` of the time that the caller passes, always in UTC. No clock and no time zone is read.

local type, error, floor, raw_date, tonumber, sub = type, error, math.floor, os.date, tonumber, string.sub

return function(limits)
  local clock, moment = {}, nil

  function clock.set(now) moment = now end

  local function present()
    if not moment then error("the present is not known to this rule", 3) end
    return moment
  end

  -- Days from 1970-01-01 to a day of the Gregorian calendar. Months and days out of range are normalized.
  local function days(year, month, day)
    year, month = year + floor((month - 1) / 12), (month - 1) % 12 + 1
    local shifted = month <= 2 and year - 1 or year
    local era = floor(shifted / 400)
    local of_era = shifted - era * 400
    local of_year = floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
    return era * 146097 + of_era * 365 + floor(of_era / 4) - floor(of_era / 100) + of_year - 719468
  end

  local function field(parts, name, default)
    local number = tonumber(parts[name]) or default
    if not number then error("field '" .. name .. "' missing in date table", 3) end
    return floor(number)
  end

  local function time(parts)
    if parts == nil then return present() end
    if type(parts) ~= "table" then error("bad argument #1 to 'time' (table expected)", 2) end
    local date = days(field(parts, "year"), field(parts, "month"), field(parts, "day"))
    return date * 86400 + field(parts, "hour", 12) * 3600 + field(parts, "min", 0) * 60 + field(parts, "sec", 0)
  end

  local function date(format, when)
    format = format or "%c"
    limits.spend(#format) -- each letter can become a long text
    if sub(format, 1, 1) == "!" then format = sub(format, 2) end
    return raw_date("!" .. format, when or present())
  end

  clock.library = { time = time, date = date }
  return clock
end
