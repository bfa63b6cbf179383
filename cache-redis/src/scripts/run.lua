-- Which run of which server this is, and which history of replication it writes; empty where we may not ask.
local function run_of_server()
  local info=redis.pcall('INFO','server','replication')
  if type(info)~='string' then return '' end
  return (string.match(info,'run_id:(%x+)') or '')..(string.match(info,'master_replid:(%x+)') or '')
end
