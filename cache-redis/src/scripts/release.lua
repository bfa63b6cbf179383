-- KEYS leases. ARGV their ids, in the same order. Replies with the number of leases removed
local removed=0
for i,k in ipairs(KEYS) do
  local l=redis.call('GET',k)
  if l and string.sub(l,1,16)==ARGV[i] then removed=removed+redis.call('DEL',k) end
end
return removed
