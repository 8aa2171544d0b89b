-- Karmada's library `kube`. The functions call Python; Python returns an error as text, and the error is raised here.

local type, error, select, unpack = type, error, select, table.unpack

return function(limits, numbers, host)
  local function answer(ok, value)
    if not ok then error(value, 3) end
    return value
  end

  local function quantities(name, ...)
    local texts = {}
    for i = 1, select("#", ...) do
      local value = select(i, ...)
      if value ~= nil and type(value) ~= "string" then
        error("bad argument #" .. i .. " to '" .. name .. "' (text expected, got " .. type(value) .. ")", 3)
      end
      texts[#texts + 1] = value
    end
    return texts
  end

  local function exactly(count, name, ...)
    if select("#", ...) ~= count then error(name .. " takes " .. count .. (count == 1 and " argument" or " arguments"), 3) end
  end

  local function template(value, name)
    if type(value) ~= "table" then
      error("bad argument #1 to '" .. name .. "' (table expected, got " .. type(value) .. ")", 3)
    end
    return numbers.json(value, 0, {})
  end

  return {
    resourceAdd = function(...) return answer(host.resource_add(unpack(quantities("resourceAdd", ...)))) end,
    getResourceQuantity = function(...)
      exactly(1, "getResourceQuantity", ...)
      return answer(host.resource_quantity(unpack(quantities("getResourceQuantity", ...))))
    end,
    accuratePodRequirements = function(...)
      exactly(1, "accuratePodRequirements", ...)
      return answer(host.pod_requirements(template((...), "accuratePodRequirements")))
    end,
    getPodDependencies = function(...)
      exactly(2, "getPodDependencies", ...)
      local value, namespace = ...
      if namespace == nil then namespace = "default" end
      if type(namespace) == "number" then namespace = numbers.text(namespace) end
      if type(namespace) ~= "string" then
        error("bad argument #2 to 'getPodDependencies' (text expected, got " .. type(namespace) .. ")", 2)
      end
      return answer(host.pod_dependencies(template(value, "getPodDependencies"), namespace))
    end,
  }
end
