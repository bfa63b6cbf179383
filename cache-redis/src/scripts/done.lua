-- KEYS stream, state of the group. ARGV 1 group, 2 gap or '', then ids. Replies 1
if #ARGV>2 then redis.pcall('XACK',KEYS[1],ARGV[1],unpack(ARGV,3)) end
if ARGV[2]~='' and redis.call('HGET',KEYS[2],'gap')==ARGV[2] then redis.call('HDEL',KEYS[2],'gap') end
return 1
