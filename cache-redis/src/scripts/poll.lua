-- KEYS control. ARGV 1 fresh. Replies {g,n,run of the server}
local g,n=control(KEYS[1],ARGV[1])
return {g,n,(run_of_server())}
