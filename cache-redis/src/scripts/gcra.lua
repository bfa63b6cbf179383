-- KEYS record. ARGV 1 calls, 2 burst, 3 interval in ns. Durations are below 2^53 ns, where Lua is exact
-- Replies {'1' | '0', how many more might come, the debt in ns, ns until it leaves room for these calls (0: it does)}
-- record   when the debt is paid off: seconds and nanoseconds of the server's TIME. What is none of ours counts as none
local calls,burst,interval=tonumber(ARGV[1]),tonumber(ARGV[2]),tonumber(ARGV[3])
local full=burst*interval
local t=redis.call('TIME')
local s,ns=tonumber(t[1]),tonumber(t[2])*1000
local debt=0
local rs,rn=string.match(redis.call('GET',KEYS[1]) or '','^(%d+) (%d+)$')
if rs then debt=(tonumber(rs)-s)*1000000000+(tonumber(rn)-ns) end
local was=debt
if debt<0 then debt=0 elseif debt>full then debt=full end   -- more was made by another policy, or the clock was put back
local wanted=debt+calls*interval
local fits=wanted<=full
if fits then debt=wanted end
if debt>0 and debt~=was then
  local at=ns+debt
  local more=math.floor(at/1000000000)
  local record=string.format('%.0f %.0f',s+more,at-more*1000000000)
  redis.call('SET',KEYS[1],record,'PX',math.ceil(debt/1000000))
end
return {fits and '1' or '0',math.floor((full-debt)/interval),debt,math.max(0,wanted-full)}
