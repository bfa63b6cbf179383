-- KEYS control, entries
-- Replies for each entry {its full key, ms that it lasts; 0: for ever} | nil where there is none that is valid
local g,n=stands(KEYS[1])
local t,found=now(),{}
for i=2,#KEYS do
  local e=g and judge(KEYS[1],KEYS[i],g,n,t)
  found[i-1]=e and {e.key,e.x>0 and e.x-t or 0} or false
end
return found
