-- KEYS owner. ARGV 1 id, 2 channel, 3 the lock's name. Replies 1 where that claim held the lock
local held=redis.call('GET',KEYS[1])
if not held or #held~=32 or string.sub(held,1,16)~=ARGV[1] then return 0 end
redis.call('DEL',KEYS[1])
redis.pcall('PUBLISH',ARGV[2],ARGV[3])                      -- who may not publish can still give back: others ask again by themselves
return 1
