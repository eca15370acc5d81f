<?php

declare(strict_types=1);

namespace Gust\Runtime\Channel;

/** Waits for descriptors and for times, and calls whoever wants to know. The only place that waits. */
final class Loop
{
    /** @var array<int, array{resource, \Closure(): void}> */
    private array $readers = [];
    /** @var array<int, array{resource, \Closure(): void}> */
    private array $writers = [];
    /** @var array<int, array{float, \Closure(): void}> */
    private array $timers = [];
    private int $lastTimer = 0;
    private bool $isChildGone = false;
    /** @var array<int, \Closure(): void> */
    private array $childWatchers = [];

    public function __construct()
    {
        // Where PHP has no pcntl, the end of a child is known by the ends of its pipes alone.
        if (function_exists('pcntl_async_signals')) {
            pcntl_async_signals(true);
            pcntl_signal(SIGCHLD, function (): void {
                $this->isChildGone = true;
            });
        }
    }

    /**
     * @param \Closure(): void $callback called when a child process has ended, whichever
     * @return int for `ignoreChildren`
     */
    public function onChildGone(\Closure $callback): int
    {
        $this->childWatchers[] = $callback;
        return array_key_last($this->childWatchers);
    }

    public function ignoreChildren(int $watcher): void
    {
        unset($this->childWatchers[$watcher]);
    }

    /**
     * @param resource $stream
     * @param \Closure(): void $callback
     */
    public function onReadable($stream, \Closure $callback): void
    {
        $this->readers[(int) $stream] = [$stream, $callback];
    }

    /** @param resource $stream */
    public function ignoreReadable($stream): void
    {
        unset($this->readers[(int) $stream]);
    }

    /**
     * @param resource $stream
     * @param \Closure(): void $callback
     */
    public function onWritable($stream, \Closure $callback): void
    {
        $this->writers[(int) $stream] = [$stream, $callback];
    }

    /** @param resource $stream */
    public function ignoreWritable($stream): void
    {
        unset($this->writers[(int) $stream]);
    }

    /** @param \Closure(): void $callback called once */
    public function after(int $milliseconds, \Closure $callback): int
    {
        $this->timers[++$this->lastTimer] = [hrtime(true) / 1e6 + $milliseconds, $callback];
        return $this->lastTimer;
    }

    public function forget(int $timer): void
    {
        unset($this->timers[$timer]);
    }

    /** One round: waits until there is something to do, and does it. */
    public function turn(): void
    {
        $read = array_column($this->readers, 0);
        $write = array_column($this->writers, 0);
        $except = null;
        $wait = $this->microsecondsToWait();
        $seconds = $wait === null ? null : intdiv($wait, 1_000_000);
        // A signal (the end of a worker) ends the wait with a warning.
        if (@stream_select($read, $write, $except, $seconds, $wait === null ? null : $wait % 1_000_000) > 0) {
            foreach ($write as $stream) {
                ($this->writers[(int) $stream][1] ?? static fn () => null)();
            }
            foreach ($read as $stream) {
                ($this->readers[(int) $stream][1] ?? static fn () => null)();
            }
        }
        if ($this->isChildGone) {
            $this->isChildGone = false;
            foreach ($this->childWatchers as $callback) {
                $callback();
            }
        }
        $this->callTimers();
    }

    private function microsecondsToWait(): ?int
    {
        if ($this->timers === []) {
            return null;
        }
        return (int) max(0, (min(array_column($this->timers, 0)) - hrtime(true) / 1e6) * 1000) + 1;
    }

    private function callTimers(): void
    {
        $now = hrtime(true) / 1e6;
        foreach ($this->timers as $timer => [$at, $callback]) {
            if ($at <= $now && isset($this->timers[$timer])) {
                unset($this->timers[$timer]);
                $callback();
            }
        }
    }
}
