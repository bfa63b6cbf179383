-- KEYS control. ARGV 1 the new generation, 2 channel, 3 message. Replies {g,n}
-- Nothing of another generation counts: no entry, no token, no lease. This is the new history's first invalidation.
local g=ARGV[1]
local n=bump(KEYS[1],g,0)
publish(ARGV[2],g,n,ARGV[3])
return {g,n}
