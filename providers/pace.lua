-- Take the next place in a source's pace. KEYS[1] when it may be asked next, KEYS[2] what a poll leaves behind
-- while it is under way; ARGV[1] spacing, [2] how early a caller may come, [3] how often a place that was lost
-- may be taken again. Milliseconds on Redis' own clock, which all workers share.
-- Returns whether the place is the caller's, and how long until then.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local spacing, early = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = tonumber(redis.call('GET', KEYS[1]) or 0)
local taken = tonumber(redis.call('GET', KEYS[2]) or 0)
-- Further ahead than one place is a clock that was set back, or a spacing that has become shorter since.
if due > now + spacing + early then due = now end
-- Callers hold the source's lock: what is left is of a poll that was killed. Its place is free again, but not for
-- ever, so that a source whose answers kill workers is not asked without a pause.
local lost = taken > 0 and taken <= tonumber(ARGV[3])
if lost then due = math.min(due, now) end
if now < due - early then return {0, due - now} end
due = math.max(due, now)
redis.call('SET', KEYS[1], due + spacing, 'PX', 2 * spacing + early)
redis.call('SET', KEYS[2], lost and taken + 1 or 1, 'PX', 2 * spacing + early)
return {1, due - now}
