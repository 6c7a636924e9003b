<?php
// A worker for Hakobi, as in: hakobi up --worker 'php worker.php'

// The service speaks through a socket of its own; what anybody prints goes to standard error, and so into the log.
$fromService = fopen("php://fd/" . getenv("HAKOBI_SOCKET"), "r");
$toService = fopen("php://fd/" . getenv("HAKOBI_SOCKET"), "w");
ini_set("display_errors", "stderr");
ob_start(function ($text) { fwrite(STDERR, $text); return ""; }, 1);

function say(array $message): void
{
    global $toService;
    fwrite($toService, json_encode($message, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION) . "\n");
}

$handlers = [
    // Completes with its payload as the result; bytes that are not JSON come and go as Base64.
    "echo" => fn($job) => isset($job->payload64) ? ["result64" => $job->payload64] : ["result" => $job->payload],
    "fail" => fn($job) => throw new Exception("as it was asked to"),
    // The follow-up is stored in the same transaction as this job's completion, or not at all.
    "follow" => function ($job) {
        say(["type" => "enqueue", "id" => $job->id, "kind" => "echo", "payload" => "follows"]);
        return [];
    },
    "count" => function ($job) {
        foreach ([1, 2, 3] as $done) {
            $checkpoint = ["done" => $done];
            say(["type" => "progress", "id" => $job->id, "done" => $done, "total" => 3, "checkpoint" => $checkpoint]);
        }
        return [];
    },
    "talk" => function ($job) {
        echo "this line is in the log\n";
        return [];
    },
    // Runs until it is told to stop.
    "wait" => function ($job) use ($fromService) {
        while (($line = fgets($fromService)) !== false && json_decode($line)->type !== "cancel");
        return ["outcome" => "cancelled"];
    },
];

say(["type" => "hello", "version" => 1, "kinds" => array_keys($handlers)]);
while (($line = fgets($fromService)) !== false) {
    $job = json_decode($line, false, 512, JSON_THROW_ON_ERROR);
    if ($job->type !== "job") {
        continue; // a hello, a drain, a cancel that came too late, or what a later release says
    }
    try {
        $outcome = $handlers[$job->kind]($job);
    } catch (Throwable $error) {
        $outcome = ["outcome" => "failed", "error" => $error->getMessage()];
    }
    say($outcome + ["type" => "outcome", "id" => $job->id, "outcome" => "completed"]);
}
