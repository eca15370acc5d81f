<?php

declare(strict_types=1);

namespace Gust\Runtime\Http;

use Gust\Runtime\Channel\Call;
use Gust\Runtime\Channel\Loop;
use Gust\Runtime\Process\Failure;
use Gust\Runtime\Server;
use Gust\Runtime\Worker\Handler;
use Gust\Runtime\Worker\HandlerMissing;

/**
 * Answers requests with a script, as a web server would: by processes of php-cgi, each of which runs one request at a time. The first is
 * started before the function is known, others as requests overlap, as many as its memory has room for; what comes on top waits.
 */
final class HttpServer implements Server
{
    /** What one process holds, with the opcode cache; and no more than these, whatever there is of memory. */
    private const WORKER_MB = 16;
    private const MOST_WORKERS = 32;

    private string $program = '';
    /** @var array<string, string> */
    private array $environment = [];
    private ?Script $script = null;
    private int $mostWorkers = 1;
    /** @var array<int, CgiWorker> */
    private array $workers = [];
    /** @var list<Call> */
    private array $waiting = [];
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
        $program = CgiProgram::find();
        if ($program === null) {
            fwrite(STDERR, "HTTP functions in PHP need php-cgi, which is not here: apt-get install php-cgi, or gust runtime build --packages php-cli,php-cgi for an image of GUST_SANDBOX_ROOT\n");
            exit(1);
        }
        $this->program = $program;
        $this->environment = array_diff_key(getenv(), ['GUST_CHANNEL_FD' => 0]);
        // Loaded ahead, off the path of the first call.
        array_map(class_exists(...), [Script::class, RequestSettings::class, Handler::class, CgiRequest::class, CgiAnswer::class]);
        $this->start()->probe($onReady);
    }

    public function enter(array $init): void
    {
        // Every request brings its settings with it.
    }

    public function load(array $init, \Closure $onLoaded, \Closure $onFailed): void
    {
        try {
            [$file, $ending] = Handler::split($init['handler']);
            if ($ending !== 'php') {
                $text = "Handler \"{$init['handler']}\" names no script: of an HTTP function in PHP it is a file, such as index.php";
                throw new HandlerMissing($text);
            }
            $path = Handler::find($init['codeRoot'], $init['handler'], $file);
        } catch (HandlerMissing $error) {
            $onFailed(Failure::of('handler-missing', 'HandlerNotFound', $error->getMessage()));
            return;
        }
        $this->script = new Script($path, $init, $this->environment);
        $this->mostWorkers = max(1, min(self::MOST_WORKERS, intdiv($init['function']['memoryMb'], self::WORKER_MB)));
        $onLoaded();
    }

    public function run(Call $call): void
    {
        $call->onCancel = fn () => $this->giveUp($call);
        $this->waiting[] = $call;
        $this->next();
    }

    public function listen(bool $isListening): void
    {
        foreach ($this->workers as $worker) {
            $worker->listen($isListening);
        }
    }

    public function beforeAnswer(Call $call): void
    {
        foreach ($this->workers as $worker) {
            $worker->beforeAnswer($call);
        }
    }

    public function stop(\Closure $onStopped): void
    {
        $this->onStopped = $onStopped;
        foreach ($this->workers as $worker) {
            $worker->stop();
        }
        $this->forget(-1);
    }

    public function kill(): void
    {
        foreach ($this->workers as $worker) {
            $worker->kill();
        }
    }

    private function start(): CgiWorker
    {
        $id = (array_key_last($this->workers) ?? 0) + 1;
        return $this->workers[$id] = new CgiWorker(
            $this->loop,
            $this->program,
            $this->environment,
            $this->log,
            $this->next(...),
            fn (int $code, bool $isExpected) => $this->ended($id, $code, $isExpected),
        );
    }

    private function next(): void
    {
        while ($this->script !== null && $this->waiting !== [] && ($worker = $this->idleWorker()) !== null) {
            $worker->run(array_shift($this->waiting), $this->script);
        }
    }

    private function idleWorker(): ?CgiWorker
    {
        foreach ($this->workers as $worker) {
            if ($worker->isIdle()) {
                return $worker;
            }
        }
        return count($this->workers) < $this->mostWorkers ? $this->start() : null;
    }

    /** A call that waits, and whose caller does not any more. */
    private function giveUp(Call $call): void
    {
        $this->waiting = array_values(array_filter($this->waiting, static fn (Call $other) => $other !== $call));
        $call->fail(Failure::of('user', 'CallCancelled', 'The call was cancelled before it began'));
    }

    /** @param bool $isExpected we asked it to end */
    private function ended(int $id, int $code, bool $isExpected): void
    {
        $this->forget($id);
        if ($isExpected) {
            $this->next();
        } elseif ($this->onStopped === null) {
            ($this->onEnd)(Failure::exited($code), $code);
        }
    }

    private function forget(int $id): void
    {
        unset($this->workers[$id]);
        if ($this->workers === [] && $this->onStopped !== null) {
            ($this->onStopped)();
        }
    }
}
