-- KEYS entry, lease, control. ARGV 1 'in', 'at' or 'never', 2 how many ms, or when in ms of TIME, 3 channel, 4 message
-- Replies {'missing'} | {'later'} | {'earlier',g,n}
local g,n=stands(KEYS[3])
local t=now()
local e=g and judge(KEYS[3],KEYS[1],g,n,t)
if not e then return {'missing'} end
local to=0                                                  -- 0: never
if ARGV[1]~='never' then
  to=tonumber(ARGV[2])
  if ARGV[1]=='in' then to=t+to end
  if to<=t then
    redis.call('UNLINK',KEYS[1],KEYS[2])
    n=bump(KEYS[3],g,n)
    publish(ARGV[3],g,n,ARGV[4])
    return {'earlier',g,n}
  end
end
local x=to
if e.slides then
  x=t+e.idle
  if to>0 and to<x then x=to end
end
local lives=to>0 and to-t or 0
for _,k in ipairs(e.tokens) do keep(k,lives,2*lives) end
local earlier=x>0 and (e.x==0 or x<e.x)
if earlier then n=bump(KEYS[3],g,n) end
local numbers=struct.pack('>I8I8',earlier and n or e.fs,x)
redis.call('SETRANGE',KEYS[1],27,numbers)
redis.call('SETRANGE',KEYS[1],51,numbers)
if e.slides then
  local times=struct.pack('>I8I8',to,e.idle)
  redis.call('SETRANGE',KEYS[1],67,times..times)
end
if x>0 then redis.call('PEXPIRE',KEYS[1],x-t) else redis.call('PERSIST',KEYS[1]) end
if not earlier then return {'later'} end
publish(ARGV[3],g,n,ARGV[4])                                -- copies in nodes' memory must not outlive it
return {'earlier',g,n}
