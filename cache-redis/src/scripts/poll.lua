-- KEYS control. ARGV 1 fresh. Replies {g,n,run}
-- run: which run of which server this is, and which history of replication it writes; empty where we may not ask.
local g,n=control(KEYS[1],ARGV[1])
local info=redis.pcall('INFO','server','replication')
local run=''
if type(info)=='string' then
  run=(string.match(info,'run_id:(%x+)') or '')..(string.match(info,'master_replid:(%x+)') or '')
end
return {g,n,run}
