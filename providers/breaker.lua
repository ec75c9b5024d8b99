-- Move one breaker, atomically. KEYS[1] its hash; ARGV[1] what happened: ask, good, bad, hold or close.
-- Times are milliseconds on Redis' own clock, which all workers share.
-- ask: ARGV[2] how long a probe may take.
-- Each end is kept beside how long it was to take: further ahead than that, the clock was set back meanwhile.
-- bad: ARGV[2] window, [3] failures that open, [4] shortest and [5] longest pause, [6] jitter, [7] fixed pause or ''.
-- Returns the state before, the state after, the end of the pause or 0, and whether the caller may ask.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function get(name) return redis.call('HGET', KEYS[1], name) end
local before, till = get('state') or 'closed', tonumber(get('until') or 0)
local pause = tonumber(get('pause') or 0)
if pause > 0 and till > now + pause then
  till = now + pause
  redis.call('HSET', KEYS[1], 'until', till)
end

local function leave(state, ...)
  redis.call('HSET', KEYS[1], 'state', state, 'until', till, ...)
  -- What staff hold stays held; the rest is forgotten a day after it has ended.
  if state == 'held' then redis.call('PERSIST', KEYS[1])
  else redis.call('PEXPIREAT', KEYS[1], math.floor(math.max(now, till)) + 86400000) end
  return {before, state, math.floor(till), 0}
end

local function close()
  redis.call('DEL', KEYS[1])
  return {before, 'closed', 0, 1}
end

local function ask()
  if before == 'closed' then return {before, before, 0, 1} end
  if before == 'held' or (before == 'open' and now < till) then return {before, before, till, 0} end
  local probe, lasting = tonumber(get('probe') or 0), tonumber(get('lasting') or 0)
  if before == 'half_open' and now < probe and probe <= now + lasting then return {before, before, 0, 0} end
  till = 0
  local left = leave('half_open', 'probe', now + ARGV[2], 'lasting', ARGV[2])
  left[4] = 1
  return left
end

local function bad()
  local window, most, shortest, longest, jitter = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
  local trips, recent, count = tonumber(get('trips') or 0), tostring(now), 1
  if ARGV[7] ~= '' then
    till = math.max(till, now + ARGV[7])
    return leave('open', 'trips', trips, 'pause', math.floor(till - now))
  end
  -- What was sent before the breaker opened has no say any more.
  if before == 'open' then return {before, before, till, 0} end
  for failed in string.gmatch(get('failures') or '', '%d+') do
    if now - failed < tonumber(window) then recent, count = recent .. ' ' .. failed, count + 1 end
  end
  if before == 'closed' and count < most then return leave('closed', 'failures', recent, 'trips', trips) end
  pause = math.floor(math.min(shortest * 2 ^ trips, longest) * jitter)
  till = now + pause
  return leave('open', 'failures', '', 'trips', trips + 1, 'pause', pause)
end

if ARGV[1] == 'ask' then return ask() end
if ARGV[1] == 'close' then return close() end
if ARGV[1] == 'hold' then
  till = 0
  return leave('held')
end
if before ~= 'held' and ARGV[1] == 'bad' then return bad() end
if before == 'half_open' and ARGV[1] == 'good' then return close() end
return {before, before, till, 0}
