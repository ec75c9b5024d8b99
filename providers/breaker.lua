-- Move one breaker, atomically. KEYS[1] its hash; ARGV[1] what happened: ask, good, bad, hold or close.
-- Times are milliseconds on Redis' own clock, which all workers share.
-- bad: ARGV[2] window, [3] failures that open, [4] shortest and [5] longest pause, [6] fixed pause or '', [7] jitter.
-- ask: ARGV[2] how long a probe may take. Returns the state before, the state after, the end of the pause or 0.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function get(name) return redis.call('HGET', KEYS[1], name) end
local function set(...) redis.call('HSET', KEYS[1], ...) end
local before, till = get('state') or 'closed', tonumber(get('until') or 0)
local state = before
if ARGV[1] == 'ask' then
  if before == 'open' and now >= till then state, till = 'half_open', 0 end
  if state == 'half_open' then
    if now < tonumber(get('probe') or 0) then return {before, 'open', 0} end
    set('probe', now + ARGV[2])
  end
elseif ARGV[1] == 'hold' then state, till = 'held', 0
elseif ARGV[1] == 'close' or (ARGV[1] == 'good' and before ~= 'held') then
  redis.call('DEL', KEYS[1])
  return {before, 'closed', 0}
elseif ARGV[1] == 'bad' and before ~= 'held' then
  local window, most, pause, longest, block = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
  local first, count = tonumber(get('first') or 0), tonumber(get('count') or 0)
  if now - first > tonumber(window) then first, count = now, 0 end
  count = count + 1
  local trips = tonumber(get('trips') or 0)
  if block ~= '' then state, till = 'open', now + block
  elseif before == 'half_open' or count >= most then
    state, till = 'open', now + math.min(pause * 2 ^ trips, longest) * ARGV[7]
    trips, count = trips + 1, 0
  end
  set('first', first, 'count', count, 'trips', trips, 'probe', 0)
end
set('state', state, 'until', till)
redis.call('PEXPIRE', KEYS[1], 86400000)
return {before, state, math.floor(till)}
