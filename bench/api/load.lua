-- wrk's script: sends once-built bodies in turn from a stated start and prints one line of JSON at the end.
-- Arguments: FILE (one body a line), START
local requests, count, at = {}, 0, 0

function init(args)
  for body in io.lines(args[1]) do
    count = count + 1
    requests[count] = wrk.format("POST", "/graphql", { ["Content-Type"] = "application/json" }, body)
  end
  at = tonumber(args[2]) % count
end

function request()
  at = at % count + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  print(string.format('RESULT {"requests":%d,"us":%d,"bytes":%d,"p50":%d,"p99":%d,"errors":%d}', summary.requests,
    summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
