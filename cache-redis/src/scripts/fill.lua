-- KEYS entry, lease, control, every token of the entry
-- ARGV 1 id, 2 fresh, 3 ttl, 4 mark, 5 body, 6 channel, 7 '1' with a message, 8 message, 9 idle,
--   10 .. for each token the number it may have been minted at, where that is not the lease's; or nothing
-- Replies {'stored',g,n} | {'refused',g,n,why}
local g,n=control(KEYS[3],ARGV[2])
local ttl=tonumber(ARGV[3])
local why='lease'
local id,ld=lease(KEYS[2],g,n)
if id==ARGV[1] then
  redis.call('DEL',KEYS[2])
  why=''
  for i=4,#KEYS do                                          -- all of them: the next load finds every token minted
    local m,b=token(KEYS[i],g,n)
    if m then keep(KEYS[i],ttl,2*ttl) else mint(KEYS[i],g,n,2*ttl) m=n b=n end
    if why=='' then
      if m>math.min(ld,tonumber(ARGV[i+6] or ld)) then why='tag' elseif b>ld then why='barrier' end
    end
  end
end
if ARGV[7]=='1' then                                        -- a write: other nodes drop their copy in either case
  n=bump(KEYS[3],g,n)
  if why~='' then redis.call('UNLINK',KEYS[1],KEYS[2]) end
  publish(ARGV[6],g,n,ARGV[8])
end
if why~='' then return {'refused',g,n,why} end
store(KEYS[1],ARGV[4],g,ld,n,ttl,tonumber(ARGV[9]),ARGV[5])
return {'stored',g,n}
