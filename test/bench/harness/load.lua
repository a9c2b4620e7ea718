-- Sends one request, or one per token of a file in turn, and prints what came of it.
local requests = {}
local turn = 0

-- In wrk's thread: only there is its Host header known.
function init(args)
	local tokens = os.getenv("BENCH_TOKENS")
	local path = os.getenv("BENCH_PATH")
	if tokens == nil then
		requests[1] = wrk.format("GET", path)
		return
	end
	for token in io.lines(tokens) do
		wrk.headers["Authorization"] = "Bearer " .. token
		requests[#requests + 1] = wrk.format("GET", path)
	end
end

function request()
	turn = turn % #requests + 1
	return requests[turn]
end

function done(summary, latency)
	local errors = summary.errors
	io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests, errors.status,
		errors.connect + errors.read + errors.write + errors.timeout, summary.duration,
		latency:percentile(50), latency:percentile(99)))
end
