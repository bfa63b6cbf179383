-- KEYS lease. ARGV 1 id. Replies with the number of leases removed
local l=redis.call('GET',KEYS[1])
if l and string.sub(l,1,16)==ARGV[1] then return redis.call('DEL',KEYS[1]) end
return 0
