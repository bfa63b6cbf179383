-- Put behind lib in the scripts that judge an entry by themselves, by the rule that nodes go by when they read: it belongs to
-- the present history, has not ended, and each of its tokens is there and was minted no later than its load began.
--   an entry's body  checksum(8) fingerprint(16), number of tags(2), for each its length(2) and name, the full key's length(4), the full key, payload
-- The names of tokens are computed from the entry's own key and its tags, so they do not stand among KEYS. On a cluster they
-- lie on the key's own shard, like the control record.
local minted={}                                             -- of each token that was looked at; false: it counts as missing
local function allows(k,g,n,ld)
  if minted[k]==nil then
    local read,m=pcall(token,k,g,n)                         -- of another type: missing
    minted[k]=read and m or false
  end
  return minted[k] and minted[k]<=ld
end
local function head(k,size)                                 -- so many bytes, or as many as there are
  local h=redis.pcall('GETRANGE',k,0,size-1)
  if type(h)=='string' then return h end
  if string.find(h.err,'WRONGTYPE',1,true) then return '' end
  error(h)
end
local function parse(k)                                     -- what stands in front of the payload; nil where it is no entry
  local asked=512
  local h=head(k,asked)
  local function has(size)
    if #h<size and #h==asked then
      asked=math.max(size,2*asked)
      h=head(k,asked)
    end
    return #h>=size
  end
  if not has(67) or string.sub(h,1,2)~='L1' or string.sub(h,20,43)~=string.sub(h,44,67) then return end
  local flags=string.byte(h,3)
  local form=math.floor(flags%128/4)                        -- codec and compression, which only a value has
  local e={content=flags%4,slides=flags>=128,tags={}}
  if e.content>2 or form>11 or form~=0 and e.content~=1 then return end
  e.g,e.ld,e.fs,e.x=struct.unpack('>c16I8I8I8',h,4)
  local at=68
  if e.slides then
    if not has(99) or string.sub(h,68,83)~=string.sub(h,84,99) then return end
    e.limit,e.idle=struct.unpack('>I8I8',h,68)
    at=100
  end
  if math.max(e.x,e.limit or 0,e.idle or 0)>9007199254740991 then return end
  if not has(at+25) then return end
  e.front,e.fingerprint=string.sub(h,1,at-1),string.sub(h,at+8,at+23)
  local tags=struct.unpack('>I2',h,at+24)
  if tags>1024 then return end
  at=at+26
  for i=1,tags do
    if not has(at+1) then return end
    local size=struct.unpack('>I2',h,at)
    if not has(at+1+size) then return end
    e.tags[i]=string.sub(h,at+2,at+1+size)
    at=at+2+size
  end
  if not has(at+3) then return end
  local size=struct.unpack('>I4',h,at)
  if not has(at+3+size) then return end
  e.key=string.sub(h,at+4,at+3+size)
  return e
end
local function lies_on(key,tags)                            -- the tokens; nil where it is no key
  local pattern=string.sub(key,1,7)=='tenant:' and '^(tenant:[^:]*):([^:]*):' or '^([^:]*):([^:]*):'
  local space,namespace=string.match(key,pattern)
  if not space then return end
  local all={space..':#'}
  for slash in string.gmatch(namespace..'/','()/') do
    local level=string.sub(namespace,1,slash-1)
    all[#all+1]=space..':#'..level
    all[#all+1]='*:#'..level
  end
  for _,tag in ipairs(tags) do
    if string.sub(tag,1,2)=='##' then all[#all+1]=string.sub(tag,3)  -- of another space: its whole name
    elseif string.sub(tag,1,1)=='#' then all[#all+1]='*:'..string.sub(tag,2)
    else all[#all+1]=space..':'..tag end
  end
  return all
end
local function judge(c,k,g,n,t)                             -- the entry under the name k, with its tokens' names; nil where it may not be served
  local e=parse(k)
  if not e or e.g~=g or e.ld>e.fs or e.fs>n or e.x~=0 and t>=e.x then return end
  local prefix=string.sub(c,1,-3)
  local key=string.sub(k,#prefix+1)
  local hash=string.find(key,'#',1,true)                    -- of a long key, of which the entry has the whole
  if e.key~=key and not (hash and string.sub(e.key,1,hash-1)==string.sub(key,1,hash-1)) then return end
  e.tokens=lies_on(key,e.tags)
  if not e.tokens then return end
  for i,name in ipairs(e.tokens) do
    e.tokens[i]=prefix..'#t:'..name
    if not allows(e.tokens[i],g,n,e.ld) then return end
  end
  return e
end
