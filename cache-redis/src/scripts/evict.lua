-- KEYS control, tokens whose barrier is raised, entries, then leases and tokens that go
-- ARGV 1 fresh, 2 channel, 3 message, 4 number of barriers, 5 number of entries, 6 '1': say which entries were valid
-- Replies {g,n,entries that were there, for each entry '1' where it was valid and '0' elsewhere; '' where nobody asked}
local g,n=control(KEYS[1],ARGV[1])
local barriers,entries=tonumber(ARGV[4]),tonumber(ARGV[5])
local valid={}
if ARGV[6]=='1' then
  local t=now()
  for i=2+barriers,1+barriers+entries do valid[#valid+1]=judge(KEYS[1],KEYS[i],g,n,t) and '1' or '0' end
end
n=bump(KEYS[1],g,n)
for i=2,1+barriers do
  local known,m=pcall(token,KEYS[i],g,n)
  if known and m then
    redis.call('SET',KEYS[i],struct.pack('>c16I8I8I8I8',g,m,n,m,n)..KEYS[i],'KEEPTTL')
  else
    redis.call('UNLINK',KEYS[i])                            -- whoever mints it writes m = b >= n, which refuses every earlier load
  end
end
local removed=0
for i=2+barriers,1+barriers+entries do removed=removed+redis.call('UNLINK',KEYS[i]) end
for i=2+barriers+entries,#KEYS do redis.call('UNLINK',KEYS[i]) end
publish(ARGV[2],g,n,ARGV[3])
return {g,n,removed,table.concat(valid)}
