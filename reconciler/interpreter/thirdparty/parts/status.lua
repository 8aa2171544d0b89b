-- What most kinds do with a status: collect some of its fields, and aggregate several.

local status = {}

local TEMPLATE_GENERATION = "resourcetemplate.karmada.io/generation"

-- The fields of this list that are present.
function status.pick(source, names)
  local picked = {}
  for _, name in ipairs(names) do picked[name] = source[name] end
  return picked
end

-- The same, with the two generations that tell whether a member has observed the template.
function status.pick_with_generation(object, names)
  if object.status == nil then return {} end
  local picked = status.pick(object.status, names)
  local metadata = object.metadata or {}
  picked.generation = metadata.generation
  local annotations = metadata.annotations
  if annotations ~= nil then picked.resourceTemplateGeneration = tonumber(annotations[TEMPLATE_GENERATION]) end
  return picked
end

-- The statuses that the members have reported, with the names of the members.
function status.reported(items)
  local result = {}
  for _, item in ipairs(items or {}) do
    if item.status ~= nil then result[#result + 1] = { cluster = item.clusterName, status = item.status } end
  end
  return result
end

-- The sum of each field over the members. Changes and returns `into`.
function status.sum(items, names, into)
  for _, name in ipairs(names) do
    local total = 0
    for _, item in ipairs(items or {}) do
      if item.status ~= nil and item.status[name] ~= nil then total = total + item.status[name] end
    end
    into[name] = total
  end
  return into
end

-- The value of the last member that has the field; `default` if none has it.
function status.last(items, name, default)
  local result = default
  for _, item in ipairs(items or {}) do
    if item.status ~= nil and item.status[name] ~= nil then result = item.status[name] end
  end
  return result
end

-- The value of the last member that has the field, not as an empty string.
function status.last_text(items, name, default)
  local result = default
  for _, item in ipairs(items or {}) do
    local value = item.status ~= nil and item.status[name] or nil
    if value ~= nil and value ~= "" then result = value end
  end
  return result
end

-- The generation of the template if all members have it and have observed it; else the old observed generation.
function status.observed_generation(object, items)
  local generation = object.metadata.generation or 0
  for _, item in ipairs(items or {}) do
    local member = item.status or {}
    local current = (member.resourceTemplateGeneration or 0) == generation
    if not current or (member.generation or 0) ~= (member.observedGeneration or 0) then
      return object.status ~= nil and object.status.observedGeneration or 0
    end
  end
  return generation
end

return status
