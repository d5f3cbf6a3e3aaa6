-- A remote-controlled Ardour: runs the Lua chunks that a test puts into a folder, in order, until told to quit.
-- usage: ardour7-lua remote.lua MAILBOX-FOLDER
-- Chunk n is MAILBOX/n.lua (put there whole, by rename). Its answer is printed as lines "GRYM n ..." and ends with "GRYM n done" or "GRYM n failed MESSAGE".
local mailbox = arg[1]
local number = 1

local function exists (path)
  local file = io.open (path, "r")
  if file then file:close () return true end
  return false
end

running = true -- a chunk sets it to false to end the program
shared = {}    -- values that later chunks need
function say (...)
  local words = { "GRYM", tostring (number) }
  for _, word in ipairs ({ ... }) do words[#words + 1] = tostring (word) end
  print (table.concat (words, " "))
  io.flush ()
end

print ("GRYM 0 done")
io.flush ()
while running do
  local path = mailbox .. "/" .. number .. ".lua"
  if exists (path) then
    local chunk, problem = loadfile (path)
    local worked = false
    if chunk then worked, problem = pcall (chunk) end
    if worked then say ("done") else say ("failed", problem) end
    number = number + 1
  else
    sleep (0.02)
  end
end
collectgarbage ()
