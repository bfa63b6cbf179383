-- KEYS entry, lease, control. ARGV 1 fingerprint, 2 channel, 3 message
-- Replies {'taken',g,n,the entry} | {'nothing'}
local g,n=stands(KEYS[3])
local e=g and judge(KEYS[3],KEYS[1],g,n,now())
if not e or e.content~=1 or e.fingerprint~=ARGV[1] then return {'nothing'} end
local entry=redis.call('GET',KEYS[1])
redis.call('UNLINK',KEYS[1],KEYS[2])
n=bump(KEYS[3],g,n)
publish(ARGV[2],g,n,ARGV[3])
return {'taken',g,n,entry}
