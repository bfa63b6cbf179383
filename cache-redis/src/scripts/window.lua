-- KEYS record. ARGV 1 calls, 2 limit, 3 the window in ms
-- Replies {'1' | '0', how many more might come, ms until the window ends (0: none runs)}
-- record   how many calls the window has counted, as text; the window ends with it. What is none of ours counts as none
local calls,limit,lasts=tonumber(ARGV[1]),tonumber(ARGV[2]),tonumber(ARGV[3])
local record=redis.call('GET',KEYS[1])
local count=record and #record<16 and string.find(record,'^%d+$') and tonumber(record)
local left=count and redis.call('PTTL',KEYS[1]) or 0
if left==0 then count=nil end                               -- it ends this very moment
if count and (left<0 or left>lasts) then                    -- of a policy with longer windows
  left=lasts
  redis.call('PEXPIRE',KEYS[1],lasts)
end
local sum=(count or 0)+calls
local fits=sum<=limit
if fits and calls>0 then
  if count then
    redis.call('INCRBY',KEYS[1],ARGV[1])
  else
    left=lasts
    redis.call('SET',KEYS[1],ARGV[1],'PX',lasts)
  end
  count=sum
end
return {fits and '1' or '0',math.max(0,limit-(count or 0)),left}
