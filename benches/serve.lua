-- Load on a demo: `wrk -t 2 -c 64 -d 60 -s benches/serve.lua http://127.0.0.1:8750/api/predict -- IMAGE`.
-- Counts the answers that are no 200, and those that are no prediction.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/octet-stream"
  wrk.headers["Host"] = "localhost"
  wrk.body = file:read("*a")
  file:close()
  answers, failures = 0, 0
end

function response(status, headers, body)
  answers = answers + 1
  if status ~= 200 or not body:find('"probs"', 1, true) then
    failures = failures + 1
  end
end

function done(summary, latency, requests)
  local answers, failures = 0, 0
  for _, thread in ipairs(threads) do
    answers = answers + thread:get("answers")
    failures = failures + thread:get("failures")
  end
  local errors = summary.errors
  io.write(string.format("%d answers, %d of them bad; %d connections failed, %d timed out\n",
    answers, failures, errors.connect + errors.read + errors.write, errors.timeout))
end
