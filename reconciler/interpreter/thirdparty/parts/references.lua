-- References to objects in the same namespace.

local references = {}

-- A list of references, and functions that add to it. An empty name is ignored; an absent name is an error.
function references.list(object)
  local namespace = object.metadata ~= nil and object.metadata.namespace or nil
  local list = {}

  local function add(kind, name)
    if name == nil then error("a reference to a " .. kind .. " has no name", 0) end
    if name ~= "" then table.insert(list, { apiVersion = "v1", kind = kind, namespace = namespace, name = name }) end
  end

  -- `{name: …}`, or nil.
  local function add_secret(reference)
    if reference ~= nil then add("Secret", reference.name) end
  end

  return list, add, add_secret
end

return references
