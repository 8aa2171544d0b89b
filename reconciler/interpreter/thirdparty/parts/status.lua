-- What most kinds do with a status: take some of its fields, and make one of several.

local status = {}

local TEMPLATE_GENERATION = "resourcetemplate.karmada.io/generation"

-- Those of the named fields that are there.
function status.pick(source, names)
  local picked = {}
  for _, name in ipairs(names) do picked[name] = source[name] end
  return picked
end

-- The same with the two generations by which the aggregation tells whether a member has seen the template.
function status.pick_with_generation(object, names)
  if object.status == nil then return {} end
  local picked = status.pick(object.status, names)
  local metadata = object.metadata or {}
  picked.generation = metadata.generation
  local annotations = metadata.annotations
  if annotations ~= nil then picked.resourceTemplateGeneration = tonumber(annotations[TEMPLATE_GENERATION]) end
  return picked
end

-- The statuses that members reported, with the names of the members.
function status.reported(items)
  local found = {}
  for _, item in ipairs(items or {}) do
    if item.status ~= nil then found[#found + 1] = { cluster = item.clusterName, status = item.status } end
  end
  return found
end

-- Each of the fields added up over the members. Changes and returns `into`.
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

-- What the last member says that has the field; `default` where none has.
function status.last(items, name, default)
  local found = default
  for _, item in ipairs(items or {}) do
    if item.status ~= nil and item.status[name] ~= nil then found = item.status[name] end
  end
  return found
end

-- What the last member says that has the field, and not as an empty text.
function status.last_text(items, name, default)
  local found = default
  for _, item in ipairs(items or {}) do
    local value = item.status ~= nil and item.status[name] or nil
    if value ~= nil and value ~= "" then found = value end
  end
  return found
end

-- The template's generation when every member works on it and has seen it; until then what was known before.
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
