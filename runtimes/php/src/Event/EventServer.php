<?php

declare(strict_types=1);

namespace Gust\Runtime\Event;

use Gust\Runtime\Channel\Call;
use Gust\Runtime\Channel\Frame;
use Gust\Runtime\Channel\Loop;
use Gust\Runtime\Process\Failure;
use Gust\Runtime\Process\WorkerProcess;
use Gust\Runtime\Server;

/**
 * Answers events, one after another, by a worker process that keeps what user code loaded. The worker is started before the
 * function is known, and speaks frames of PROTOCOL.md: PREPARE, INIT without payload, CALL with the whole body, answered by END with the result, or ERROR.
 *
 * starting → (READY) ready → (INIT) loading → idle ⇄ running; → (its end) ended, and the sandbox with it
 */
final class EventServer implements Server
{
    private readonly WorkerProcess $worker;
    private readonly WorkerConnection $connection;
    /** @var list<Call> */
    private array $waiting = [];
    private ?Call $running = null;
    /** What the worker said of its own end. */
    private ?array $lastWords = null;
    private bool $isEntered = false;
    private bool $isLoading = false;
    private bool $isStopping = false;
    private ?\Closure $onReady = null;
    private ?\Closure $onLoaded = null;
    private ?\Closure $onFailed = null;
    private ?\Closure $onStopped = null;

    /**
     * @param \Closure(int, int, string): void $log call, stream, line
     * @param \Closure(array<string, string>, int): void $onEnd failure and exit code
     */
    public function __construct(
        private readonly Loop $loop,
        private readonly \Closure $log,
        private readonly \Closure $onEnd,
    ) {
    }

    public function prepare(\Closure $onReady): void
    {
        $this->onReady = $onReady;
        $root = dirname(__DIR__, 2);
        $environment = array_diff_key(getenv(), ['GUST_CHANNEL_FD' => 0]);
        $this->worker = new WorkerProcess(
            $this->loop,
            [PHP_BINARY, '-c', "$root/php.ini", "$root/event-worker.php"],
            [0 => ['file', '/dev/null', 'r'], 3 => ['socket']],
            getcwd() ?: '/',
            $environment,
            fn (int $stream, string $line) => ($this->log)($this->running?->id ?? 0, $stream, $line),
            $this->ended(...),
        );
        $this->connection = new WorkerConnection(
            $this->worker->pipe(3),
            $this->loop,
            $this->take(...),
            fn () => $this->worker->expectEnd(),
        );
    }

    public function enter(array $init): void
    {
        $this->connection->send(Frame::json(Frame::PREPARE, 0, $init));
        $this->isEntered = true;
    }

    public function load(array $init, \Closure $onLoaded, \Closure $onFailed): void
    {
        $this->onLoaded = $onLoaded;
        $this->onFailed = $onFailed;
        $this->isLoading = true;
        if (!$this->isEntered) {
            $this->enter($init);
        }
        $this->connection->send(Frame::of(Frame::INIT, 0));
    }

    public function run(Call $call): void
    {
        $this->waiting[] = $call;
        $call->onChange = $this->next(...);
        $this->next();
    }

    public function listen(bool $isListening): void
    {
        $this->worker->listen($isListening);
    }

    public function beforeAnswer(Call $call): void
    {
        $this->waiting = array_values(array_filter($this->waiting, static fn (Call $other) => $other !== $call));
        if ($this->running === $call) {
            $this->worker->flush();
            $this->running = null;
        }
    }

    public function stop(\Closure $onStopped): void
    {
        $this->isStopping = true;
        $this->onStopped = $onStopped;
        $this->connection->close(); // the worker's own loop ends, and then PHP does what it does at the end of a script
        $this->worker->expectEnd(null);
    }

    public function kill(): void
    {
        $this->isStopping = true;
        $this->worker->kill();
    }

    /** The first call whose event has come whole. */
    private function next(): void
    {
        if ($this->running !== null || !($this->waiting[0] ?? null)?->isBodyComplete()) {
            return;
        }
        $call = array_shift($this->waiting);
        $this->running = $call;
        $head = pack('CCV', 1, 0, $call->deadlineMs) . Frame::stringList($call->strings);
        $this->connection->send(Frame::of(Frame::CALL, 0, $head . $call->takeBody()));
    }

    private function take(int $type, string $payload): void
    {
        match ($type) {
            Frame::READY => ($this->onReady)(),
            Frame::INITIALIZED => $this->loaded(),
            Frame::INIT_FAILED => $this->failLoading(Failure::received($payload)),
            Frame::END => $this->answer($payload),
            Frame::ERROR => $this->fail(Failure::received($payload)),
            // The worker is about to end, and has this to say of it.
            Frame::STOP => $this->lastWords = Failure::received($payload),
            default => null,
        };
    }

    private function loaded(): void
    {
        $this->worker->flush();
        $this->isLoading = false;
        ($this->onLoaded)();
        $this->next();
    }

    /** @param array<string, string> $failure */
    private function failLoading(array $failure): void
    {
        $this->worker->flush();
        $this->isLoading = false;
        $this->isStopping = true; // the platform discards the sandbox; until then it may ask and stop
        ($this->onFailed)($failure);
    }

    private function answer(string $result): void
    {
        $call = $this->running;
        if ($call === null) {
            return;
        }
        $this->worker->flush();
        $this->running = null;
        $call->write($result);
        $call->end();
        $this->next();
    }

    /** @param array<string, string> $failure */
    private function fail(array $failure): void
    {
        $this->running?->fail($failure);
        $this->next();
    }

    private function ended(int $code): void
    {
        $this->connection->readRest();
        if ($this->onStopped !== null) {
            ($this->onStopped)();
            return;
        }
        $failure = $this->lastWords ?? Failure::exited($code);
        if ($this->isLoading) {
            $this->failLoading($failure);
        }
        if (!$this->isStopping) {
            ($this->onEnd)($failure, $code);
        }
    }
}
