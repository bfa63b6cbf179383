-- Which run of which server this is, and which history of replication it writes; empty where we may not ask. And whether the
-- history was another server's before: else a new name of it says only that a first replica came, or the last one went long ago.
local function run_of_server()
  local info=redis.pcall('INFO','server','replication')
  if type(info)~='string' then return '',false end
  local run=(string.match(info,'run_id:(%x+)') or '')..(string.match(info,'master_replid:(%x+)') or '')
  return run,string.find(string.match(info,'master_replid2:(%x+)') or '','[^0]')~=nil
end
