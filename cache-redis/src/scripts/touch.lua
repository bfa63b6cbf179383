-- KEYS entry. Replies with the ms that it lasts; 0 where there is none whose end is put off
-- Its tokens need nothing: from the fill on they last as long as it may, see `keep` in fill and set.
local h=redis.pcall('GETRANGE',KEYS[1],0,98)
if type(h)~='string' or #h<99 or string.byte(h,3)<128 then return 0 end
if string.sub(h,20,43)~=string.sub(h,44,67) or string.sub(h,68,83)~=string.sub(h,84,99) then return 0 end
local x=struct.unpack('>I8',string.sub(h,36,43))
local limit,idle=struct.unpack('>I8I8',string.sub(h,68,83))
local t=redis.call('TIME')
local now=t[1]*1000+math.floor(t[2]/1000)
local to=now+idle
if limit>0 and limit<to then to=limit end
if to>x then
  local b=struct.pack('>I8',to)
  redis.call('SETRANGE',KEYS[1],35,b)
  redis.call('SETRANGE',KEYS[1],59,b)
  redis.call('PEXPIRE',KEYS[1],to-now)
else
  to=x
end
if to<=now then return 0 end
return to-now
