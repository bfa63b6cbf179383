-- Put in front of every script but release. Integers are big-endian and below 2^53, where Lua is exact; every number
-- stands twice, and a record whose copies differ counts as missing.
--   control  32 bytes  g(16) n(8) n(8)                     g: generation, random; n: sequence. No TTL.
--   token    48 bytes  g(16) m(8) b(8) m(8) b(8)           m: n when minted; b: a load begun below it is refused
--                      then its own name: under another's it would be an older one, and counts as missing
--   lease    49 bytes  id(16) g(16) n(8) n(8) kind(1)      kind: 'R' to load, 'W' to write
--   entry    67 bytes  mark(3) g(16) ld(8) fs(8) x(8) ld(8) fs(8) x(8), then the body
--                      ld, fs: sequence of the load and of the fill; x: end in ms of the server's TIME, 0: none
--            32 bytes  limit(8) idle(8) limit(8) idle(8) between them, where the mark says that reads put x off
--                      limit: the last x that they do, 0: none; idle: how long it lasts unread, in ms
-- ttl: of the entry in ms, 0: none. idle: how long it lasts unread in ms, 0: as long as ttl. fresh: 16 random bytes, used only where the control record is missing.
local function stands(k)                                    -- g, n; nil where missing or altered
  local c=redis.call('GET',k)
  if c and #c==32 and string.sub(c,17,24)==string.sub(c,25,32) then
    local g,n=struct.unpack('>c16I8',c)
    if n<9007199254740991 then return g,n end
  end
end
local function control(k,fresh)                             -- g, n
  local g,n=stands(k)
  if g then return g,n end
  redis.call('SET',k,struct.pack('>c16I8I8',fresh,0,0))
  return fresh,0
end
local function now()                                        -- in ms
  local t=redis.call('TIME')
  return t[1]*1000+math.floor(t[2]/1000)
end
local function bump(k,g,n)
  redis.call('SET',k,struct.pack('>c16I8I8',g,n+1,n+1))
  return n+1
end
local function token(k,g,n)                                 -- m, b; nil where missing, of another generation, or ahead of n
  local t=redis.call('GET',k)
  if t and string.sub(t,49)==k and string.sub(t,17,32)==string.sub(t,33,48) then
    local tg,m,b=struct.unpack('>c16I8I8',t)
    if tg==g and m<=n and b<=n then return m,b end
  end
end
local function mint(k,g,n,give)
  local t=struct.pack('>c16I8I8I8I8',g,n,n,n,n)..k
  if give==0 then redis.call('SET',k,t) else redis.call('SET',k,t,'PX',give) end
end
local function keep(k,need,give)                            -- lives `need` ms at least, else is given `give` ms (0: no end)
  local left=redis.call('PTTL',k)
  if left<0 then return end
  if give==0 then redis.call('PERSIST',k) elseif left<need then redis.call('PEXPIRE',k,give) end
end
local function lease(k,g,n)                                 -- id, n, kind; nil where missing or worth nothing
  local l=redis.call('GET',k)
  if l and #l==49 and string.sub(l,33,40)==string.sub(l,41,48) then
    local id,lg,ln=struct.unpack('>c16c16I8',l)
    if lg==g and ln<=n then return id,ln,string.sub(l,49,49) end
  end
end
local function store(k,mark,g,ld,fs,ttl,idle,body)
  local x,lives=0,ttl
  if idle>0 and (ttl==0 or idle<ttl) then lives=idle end
  if lives>0 then
    local t=now()
    x=t+lives
    if idle>0 then
      local limit=ttl>0 and t+ttl or 0
      body=struct.pack('>I8I8I8I8',limit,idle,limit,idle)..body
    end
  end
  local e=struct.pack('>c3c16I8I8I8I8I8I8',mark,g,ld,fs,x,ld,fs,x)..body
  if lives==0 then redis.call('SET',k,e) else redis.call('SET',k,e,'PX',lives) end
end
local function publish(channel,g,n,message)                 -- a user who may not publish can still invalidate
  redis.pcall('PUBLISH',channel,struct.pack('>c16I8',g,n)..message)
end
