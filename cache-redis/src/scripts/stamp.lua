-- KEYS control. ARGV 1 fresh. Replies {g,n}
local g,n=control(KEYS[1],ARGV[1])
return {g,n}
