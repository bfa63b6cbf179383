-- KEYS entry, lease, control, tokens known before the load
-- ARGV 1 id, 2 lease in ms, 3 fresh, 4 header of the entry that the caller saw ('': none), 5 kind, 6 ttl
-- Replies {'granted',g,n} | {'busy',ms left,kind} | {'changed'}
local g,n=control(KEYS[3],ARGV[3])
local seen=redis.pcall('GETRANGE',KEYS[1],0,66)
if type(seen)=='table' then
  if not string.find(seen.err,'WRONGTYPE',1,true) then return seen end
                                                            -- of another type: no entry of ours, and none could be stored
  redis.call('UNLINK',KEYS[1])
  seen=''
end
local id,ln,kind=lease(KEYS[2],g,n)
if id==ARGV[1] then return {'granted',g,ln} end             -- sent again after a lost reply
if ARGV[5]=='R' then
  if seen~=ARGV[4] then return {'changed'} end
  for i=4,kind=='R' and #KEYS or 0 do                       -- a load that could not store what lies on a token of ours
    local m,b=token(KEYS[i],g,n)
    if (m or n)>ln or (b or n)>ln then id=nil break end
  end
  if id then
    local left=redis.call('PTTL',KEYS[2])
    if left>0 then return {'busy',left,kind} end            -- a lease without an end is none of ours
  end
end
local lives,ttl=tonumber(ARGV[2]),tonumber(ARGV[6])
local give=ttl==0 and 0 or math.max(2*ttl,2*lives)          -- the tokens must outlive the load, and then the entry
for i=4,#KEYS do
  if token(KEYS[i],g,n) then keep(KEYS[i],math.max(ttl,lives),give) else mint(KEYS[i],g,n,give) end
end
redis.call('SET',KEYS[2],struct.pack('>c16c16I8I8',ARGV[1],g,n,n)..ARGV[5],'PX',lives)
return {'granted',g,n}
