-- KEYS owner, fence. ARGV 1 id, 2 ttl in ms, 3 how long the last token is kept after that, in ms
-- owner: id(16) token(8) token(8). fence: the last token in decimal
-- A token is the server's time in microseconds, or one more than the last: so it grows also where the last one was lost.
-- Replies {'granted',token in decimal} or {'held',ms left}
local held=redis.call('GET',KEYS[1])
if held then
  local left=redis.call('PTTL',KEYS[1])
  if #held~=32 or string.sub(held,17,24)~=string.sub(held,25,32) or left<0 then
    return redis.error_reply('WRONGTYPE no lock of ours')
  end
  local id,token=struct.unpack('>c16I8',held)
  if id~=ARGV[1] then return {'held',left} end
  -- Sent again, for the answer was lost. What arrives late takes no time away that was given since
  if left<tonumber(ARGV[2]) then redis.call('PEXPIRE',KEYS[1],ARGV[2]) end
  return {'granted',string.format('%.0f',token)}
end
local t=redis.call('TIME')
local last=tonumber(string.match(redis.call('GET',KEYS[2]) or '','^%d+$')) or 0
if last>=9007199254740991 then last=0 end                   -- none of ours: from there on numbers are not exact
local token=math.max(last+1,t[1]*1000000+t[2])
local text=string.format('%.0f',token)
redis.call('SET',KEYS[1],struct.pack('>c16I8I8',ARGV[1],token,token),'PX',ARGV[2])
redis.call('SET',KEYS[2],text,'PX',string.format('%.0f',ARGV[2]+ARGV[3]))
return {'granted',text}
