-- KEYS stream, count. ARGV 1 how many are kept, 2 body, 3 channel
-- Each is numbered, so that who follows sees what was cut off before it was read
local n=redis.call('INCR',KEYS[2])
redis.call('XADD',KEYS[1],'MAXLEN','~',ARGV[1],'*','n',n,'b',ARGV[2])
redis.pcall('PUBLISH',ARGV[3],'')                           -- who may not publish is heard a little later
return n
