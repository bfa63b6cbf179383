-- KEYS stream, count, state of the group. ARGV 1 group, 2 how many at most, 3 ms after which something is handed out again
-- state: n, the number of the last one that was handed out; run, of which server; next, where the look at what is not done goes on;
-- gap, set where some may not have been handed out, to a value of its own
-- Replies {gap or '', {{id,body},..}}
local stream,group=KEYS[1],ARGV[1]
local last=redis.call('HGET',KEYS[3],'n')
local gap=redis.call('HGET',KEYS[3],'gap')
local lost=not last
local run,promoted=run_of_server()
local known=redis.call('HGET',KEYS[3],'run') or ''
-- Another run may have lost the end of what was told, and so may one that another server has written in meanwhile
if string.sub(known,1,40)~=string.sub(run,1,40) or (known~=run and promoted) then lost=true end
if not redis.pcall('XGROUP','CREATE',stream,group,'$','MKSTREAM').err then
  lost=true                                                 -- it is new, or was lost: what was told before is not handed out
  last=redis.call('GET',KEYS[2]) or '0'
end
local found={}
local function add(entries)
  for _,entry in ipairs(entries or {}) do
    if entry and entry[2] and entry[2][4] then found[#found+1]={entry[1],entry[2][4]} end
  end
end
local again=redis.call('XAUTOCLAIM',stream,group,'node',ARGV[3],redis.call('HGET',KEYS[3],'next') or '0-0','COUNT',ARGV[2])
add(again[2])
if again[3] and #again[3]>0 then lost=true end              -- cut off before it was done
local room,new=tonumber(ARGV[2])-#found,nil
if room>0 then new=redis.call('XREADGROUP','GROUP',group,'node','COUNT',room,'STREAMS',stream,'>') end
if new then
  for _,entry in ipairs(new[1][2]) do
    local n=entry[2][2]
    if not last or tonumber(n)~=tonumber(last)+1 then lost=true end
    last=n
  end
  add(new[1][2])
end
if lost then
  local t=redis.call('TIME')
  gap=t[1]..'.'..t[2]..'.'..(last or '')
  redis.call('HSET',KEYS[3],'gap',gap)
end
redis.call('HSET',KEYS[3],'n',last or '0','run',run,'next',again[1])
return {gap or '',found}
