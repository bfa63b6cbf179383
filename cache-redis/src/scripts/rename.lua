-- KEYS entry, lease, control, the entry under its new name, its lease, every token of it under that name
-- ARGV 1 header of the entry that the caller saw, 2 mark, 3 body, 4 channel, 5 message
-- Replies {'missing'} | {'changed'} | {'done',g,n}
local g,n=stands(KEYS[3])
local t=now()
local e=g and judge(KEYS[3],KEYS[1],g,n,t)
if not e then return {'missing'} end
if string.sub(e.front,1,67)~=ARGV[1] or (string.byte(ARGV[2],3)>=128)~=e.slides then return {'changed'} end
local last=e.slides and e.limit or e.x                      -- the last moment that its end is put off to; 0: none
local lives=last>0 and math.max(last,e.x)-t or 0
for i=6,#KEYS do
  if token(KEYS[i],g,n) then keep(KEYS[i],lives,2*lives) else mint(KEYS[i],g,n,2*lives) end
end
n=bump(KEYS[3],g,n)
local entry=struct.pack('>c3c16I8I8I8I8I8I8',ARGV[2],g,n,n,e.x,n,n,e.x)..string.sub(e.front,68)..ARGV[3]
redis.call('UNLINK',KEYS[1],KEYS[2],KEYS[5])                -- before the new one, which may have the old name
if e.x>0 then redis.call('SET',KEYS[4],entry,'PX',e.x-t) else redis.call('SET',KEYS[4],entry) end
publish(ARGV[4],g,n,ARGV[5])
return {'done',g,n}
