# A worker for Hakobi, as in: hakobi up --worker 'ruby worker.rb'
require "json"
require "socket"

# The service speaks through a socket of its own; what anybody prints goes to standard error, and so into the log.
SERVICE = UNIXSocket.for_fd(Integer(ENV["HAKOBI_SOCKET"]))
$stdout.reopen($stderr)

def say(message)
  SERVICE.puts(JSON.generate(message))
end

HANDLERS = {
  # Completes with its payload as the result; bytes that are not JSON come and go as Base64.
  "echo" => ->(job) { job["payload64"] ? { result64: job["payload64"] } : { result: job["payload"] } },

  "fail" => ->(_) { raise "as it was asked to" },

  # The follow-up is stored in the same transaction as this job's completion, or not at all.
  "follow" => lambda do |job|
    say(type: "enqueue", id: job["id"], kind: "echo", payload: "follows")
    {}
  end,

  "count" => lambda do |job|
    (1..3).each { |done| say(type: "progress", id: job["id"], done: done, total: 3, checkpoint: { done: done }) }
    {}
  end,

  "talk" => lambda do |_|
    puts "this line is in the log"
    {}
  end,

  # Runs until it is told to stop.
  "wait" => lambda do |_|
    loop { return { outcome: "cancelled" } if JSON.parse(SERVICE.gets)["type"] == "cancel" }
  end
}

say(type: "hello", version: 1, kinds: HANDLERS.keys)
while (line = SERVICE.gets)
  job = JSON.parse(line)
  next unless job["type"] == "job" # a hello, a drain, a cancel that came too late, or what a later release says

  begin
    outcome = HANDLERS.fetch(job["kind"]).call(job)
  rescue StandardError => e
    outcome = { outcome: "failed", error: e.message }
  end
  say({ type: "outcome", id: job["id"], outcome: "completed" }.merge(outcome))
end
