-- Take the next place in a source's pace. KEYS[1] when it may be asked next; ARGV[1] spacing, [2] how early a
-- caller may come. Milliseconds on Redis' own clock, which all workers share.
-- Returns how long the caller still waits, or -1 when the place is another's.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local spacing, early = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = tonumber(redis.call('GET', KEYS[1]) or 0)
-- Further ahead than one place is a clock that was set back, or a spacing that has become shorter since.
if due > now + spacing + early then due = now end
if now < due - early then return -1 end
due = math.max(due, now)
redis.call('SET', KEYS[1], due + spacing, 'PX', 2 * spacing + early)
return due - now
