<?php

declare(strict_types=1);

namespace Gust\Runtime\Process;

use Gust\Runtime\Channel\Loop;

/**
 * A process with user code in it, and what it prints, in lines.
 *
 * running → (its own end, signal, kill) ended
 */
final class WorkerProcess
{
    /** What a pipe can hold; more than it was never written before a worker said that it is done. */
    private const PIPE_BYTES = 65_536;
    /** Time to end for one that closed its connection, in which it keeps its exit code. */
    private const LAST_GRACE_MS = 1_000;
    private const LOOK_MS = 2;
    /** A name of pcntl, which PHP may not have. */
    private const SIGKILL = 9;

    /** @var resource */
    private $process;
    /** @var array<int, resource> */
    private array $pipes = [];
    /** @var array<int, OutputLines> */
    private array $lines = [];
    private ?int $exitCode = null;
    private readonly int $watcher;

    /**
     * @param list<string> $command
     * @param array<int, mixed> $descriptors of proc_open, beside 1 and 2
     * @param array<string, string> $environment
     * @param \Closure(int, string): void $onLine stream and line
     * @param \Closure(int): void $onEnd called once, with the exit code
     */
    public function __construct(
        private readonly Loop $loop,
        array $command,
        array $descriptors,
        string $directory,
        array $environment,
        private readonly \Closure $onLine,
        private ?\Closure $onEnd,
    ) {
        $given = $descriptors + [1 => ['pipe', 'w'], 2 => ['pipe', 'w']] + self::covered();
        $process = proc_open($command, $given, $this->pipes, $directory, $environment);
        if ($process === false) {
            throw new \RuntimeException("$command[0] cannot be started");
        }
        $this->process = $process;
        foreach ([1, 2] as $stream) {
            stream_set_blocking($this->pipes[$stream], false);
            stream_set_read_buffer($this->pipes[$stream], 0);
            $this->lines[$stream] = new OutputLines(fn (string $line) => ($this->onLine)($stream, $line));
        }
        $this->watcher = $loop->onChildGone(fn () => $this->isRunning() ?: $this->finish());
        $this->listen();
    }

    /** @return resource */
    public function pipe(int $descriptor)
    {
        return $this->pipes[$descriptor];
    }

    /** Reads what it prints from now on, or does not, so that it is held up. */
    public function listen(bool $isListening = true): void
    {
        foreach ([1, 2] as $stream) {
            if (!$isListening || !isset($this->pipes[$stream])) {
                $this->loop->ignoreReadable($this->pipes[$stream] ?? STDIN);
                continue;
            }
            $this->loop->onReadable($this->pipes[$stream], fn () => $this->read($stream));
        }
    }

    /** Everything that it printed until now; lines that it began are complete with that. */
    public function flush(): void
    {
        foreach ([1, 2] as $stream) {
            for ($bytes = 0; $bytes < self::PIPE_BYTES; $bytes += $read) {
                $read = $this->read($stream);
                if ($read === 0) {
                    break;
                }
            }
            $this->lines[$stream]->flush();
        }
    }

    public function isRunning(): bool
    {
        if ($this->exitCode === null) {
            $status = proc_get_status($this->process);
            if (!$status['running']) {
                $this->exitCode = $status['signaled'] ? 128 + $status['termsig'] : $status['exitcode'];
            }
        }
        return $this->exitCode === null;
    }

    /** It has closed its connection, or was asked to end; killed when it does not within this time, where there is one. */
    public function expectEnd(?int $graceMs = self::LAST_GRACE_MS): void
    {
        if (!$this->isRunning()) {
            $this->finish();
        } elseif ($graceMs !== null && $graceMs <= 0) {
            $this->signal(self::SIGKILL);
        }
        if ($this->onEnd !== null) {
            $rest = $graceMs === null ? null : $graceMs - self::LOOK_MS;
            $this->loop->after(self::LOOK_MS, fn () => $this->onEnd === null ?: $this->expectEnd($rest));
        }
    }

    public function signal(int $signal): void
    {
        if ($this->isRunning()) {
            proc_terminate($this->process, $signal);
        }
    }

    public function kill(): void
    {
        $this->signal(self::SIGKILL);
    }

    /** Once, when it has ended. */
    private function finish(): void
    {
        $onEnd = $this->onEnd;
        if ($onEnd === null) {
            return;
        }
        $this->onEnd = null;
        $this->loop->ignoreChildren($this->watcher);
        $this->flush();
        $this->listen(false);
        $onEnd($this->exitCode ?? 0);
    }

    private function read(int $stream): int
    {
        $pipe = $this->pipes[$stream] ?? null;
        $bytes = $pipe === null ? '' : (string) @fread($pipe, self::PIPE_BYTES);
        if ($bytes !== '') {
            $this->lines[$stream]->push($bytes);
        } elseif ($pipe !== null && feof($pipe)) {
            $this->loop->ignoreReadable($pipe);
            unset($this->pipes[$stream]);
        }
        return strlen($bytes);
    }

    /**
     * PHP cannot close a descriptor by its number, nor keep it from a child: what this process has beside its own pipes (the
     * channel) is covered in there.
     *
     * @return array<int, array{string, string, string}>
     */
    private static function covered(): array
    {
        $covered = [];
        foreach (scandir('/dev/fd') ?: [] as $name) {
            if ((int) $name > 2) {
                $covered[(int) $name] = ['file', '/dev/null', 'r'];
            }
        }
        return $covered;
    }
}
