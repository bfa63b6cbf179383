-- KEYS counter. ARGV 1 what ('add' | 'float' | 'set'), 2 a number, 3 for how many ms it lasts from the step on that creates
-- it, 0: for ever. Replies {'is',number} | {'overflow'} | {'fraction'} | {'foreign'}, and then nothing was done
-- counter  the number as text, which the server's own commands count with: Lua's numbers are exact below 2^53 only
local what,by,lasts=ARGV[1],ARGV[2],tonumber(ARGV[3])
local before=redis.call('GET',KEYS[1])
local after=by
if what~='set' then
  local number=tonumber(before or '0')
  if not number or number-number~=0 or not string.find(before or '0','^[-+.eE%d]+$') then return {'foreign'} end
  if what=='float' then
    local sum=number+tonumber(by)
    if sum-sum~=0 then return {'overflow'} end
    if sum==math.floor(sum) and math.abs(sum)<9007199254740992 then
      after=string.format('%.0f',sum+0)                     -- whole again; -0 is 0
    else
      after=string.format('%.16e',sum)                      -- a double's every digit, and never taken for a whole number
    end
  else
    if before and before~='0' and not string.find(before,'^-?[1-9]%d*$') then return {'fraction'} end
    local done=redis.pcall('INCRBY',KEYS[1],by)
    if type(done)=='table' then
      if string.find(done.err,'overflow',1,true) then return {'overflow'} end
      if string.find(done.err,'out of range',1,true) then return {'fraction'} end
      return done
    end
    after=redis.call('GET',KEYS[1])
  end
end
if before then
  if what~='add' then redis.call('SET',KEYS[1],after,'KEEPTTL') end
else
  if what~='add' then redis.call('SET',KEYS[1],after) end
  if lasts>0 then redis.call('PEXPIRE',KEYS[1],lasts) end
end
return {'is',after}
