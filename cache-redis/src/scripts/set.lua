-- KEYS entry, lease, control, every token of the entry
-- ARGV 1 fresh, 2 ttl, 3 mark, 4 body, 5 channel, 6 message, 8 idle,
--   7 generation and sequence that must still stand, or 'absent': only where there is no valid entry, or '': in any case
-- Replies {'stored',g,n} | {'refused',g,n,'history'} | {'present'}
local g,n=control(KEYS[3],ARGV[1])
if ARGV[7]=='absent' and judge(KEYS[3],KEYS[1],g,n,now()) then return {'present'} end
local holds=ARGV[7]=='' or ARGV[7]=='absent' or ARGV[7]==struct.pack('>c16I8',g,n)
local ttl=tonumber(ARGV[2])
redis.call('UNLINK',KEYS[2])                                -- an earlier load or write is refused at its fill
if holds then
  for i=4,#KEYS do
    if token(KEYS[i],g,n) then keep(KEYS[i],ttl,2*ttl) else mint(KEYS[i],g,n,2*ttl) end
  end
else
  redis.call('UNLINK',KEYS[1])
end
n=bump(KEYS[3],g,n)
if holds then store(KEYS[1],ARGV[3],g,n,n,ttl,tonumber(ARGV[8]),ARGV[4]) end
publish(ARGV[5],g,n,ARGV[6])
if holds then return {'stored',g,n} end
return {'refused',g,n,'history'}
