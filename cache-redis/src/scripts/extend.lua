-- KEYS owner. ARGV 1 id, 2 ttl in ms. Never earlier than it would end. Replies 1 where that claim holds the lock
local held=redis.call('GET',KEYS[1])
if not held or #held~=32 or string.sub(held,1,16)~=ARGV[1] then return 0 end
if redis.call('PTTL',KEYS[1])<tonumber(ARGV[2]) then redis.call('PEXPIRE',KEYS[1],ARGV[2]) end
return 1
