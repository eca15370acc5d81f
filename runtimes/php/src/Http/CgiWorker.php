<?php

declare(strict_types=1);

namespace Gust\Runtime\Http;

use Gust\Runtime\Channel\Call;
use Gust\Runtime\Channel\Loop;
use Gust\Runtime\Process\Failure;
use Gust\Runtime\Process\OutputLines;
use Gust\Runtime\Process\WorkerProcess;

/**
 * One process of php-cgi, and the call that it runs.
 *
 * idle ⇄ running; → (cancel, stop) ending → ended; a process that ends by itself takes the sandbox with it
 */
final class CgiWorker
{
    private const SIGTERM = 15;
    /** Bytes of a body whose length nobody says; it is in memory until then. */
    private const MOST_UNMEASURED = 16_777_216;

    private readonly WorkerProcess $process;
    private readonly CgiConnection $connection;
    private ?Call $call = null;
    private ?Script $script = null;
    private ?\Closure $onUp = null;
    private ?CgiAnswer $answer = null;
    private OutputLines $errorLines;
    /** Whether the request's variables are sent, which say how long its body is. */
    private bool $isBegun = false;
    private bool $isBodySent = false;
    private bool $isEnding = false;
    private bool $isHeldUp = false;

    /**
     * @param array<string, string> $environment
     * @param \Closure(int, int, string): void $log call, stream, line
     * @param \Closure(): void $onIdle
     * @param \Closure(int, bool): void $onEnd exit code, and whether it was asked to end
     */
    public function __construct(
        Loop $loop,
        string $program,
        array $environment,
        private readonly \Closure $log,
        private readonly \Closure $onIdle,
        private readonly \Closure $onEnd,
    ) {
        $say = fn (int $stream, string $line) => ($this->log)($this->call?->id ?? 0, $stream, $line);
        $this->errorLines = new OutputLines(static fn (string $line) => $say(2, $line));
        $directory = $environment['TMPDIR'] ?? sys_get_temp_dir();
        [$listener, $socket] = CgiSocket::open($directory);
        $root = dirname(__DIR__, 2);
        $this->process = new WorkerProcess(
            $loop,
            [$program, '-c', "$root/php.ini", '-d', 'cgi.force_redirect=0', '-d', 'auto_prepend_file=' . self::settingsFile()],
            [0 => $listener],
            $directory,
            ['PHP_FCGI_MAX_REQUESTS' => '0'] + $environment,
            $say,
            $this->ended(...),
        );
        fclose($listener);
        $this->connection = new CgiConnection(
            $socket,
            $loop,
            $this->take(...),
            $this->flush(...),
            $this->goOn(...),
            fn () => $this->process->expectEnd(),
        );
    }

    /**
     * Asks for nothing, to hear that it is up.
     *
     * @param \Closure(): void $onUp
     */
    public function probe(\Closure $onUp): void
    {
        $this->onUp = $onUp;
        $this->isBodySent = true;
        $variables = ['SCRIPT_FILENAME' => self::settingsFile(), 'REQUEST_METHOD' => 'GET', 'REDIRECT_STATUS' => '200'];
        $this->connection->send(FastCgi::begin() . FastCgi::parameters($variables) . FastCgi::record(FastCgi::STDIN, ''));
    }

    public function isIdle(): bool
    {
        return $this->call === null && $this->onUp === null && !$this->isEnding;
    }

    public function run(Call $call, Script $script): void
    {
        $this->call = $call;
        $this->script = $script;
        $this->answer = new CgiAnswer($call);
        $this->isBegun = false;
        $this->isBodySent = false;
        $call->onChange = $this->goOn(...);
        $call->onCancel = $this->cancel(...);
        $this->goOn();
    }

    public function listen(bool $isListening): void
    {
        $this->process->listen($isListening);
        $this->isHeldUp = !$isListening;
        $this->watch();
    }

    public function beforeAnswer(Call $call): void
    {
        if ($this->call === $call) {
            $this->errorLines->flush();
            $this->process->flush();
        }
    }

    /** Ends after the request that it runs, if it runs one. */
    public function stop(): void
    {
        $this->isEnding = true;
        $this->connection->close();
        $this->process->signal(self::SIGTERM);
        $this->process->expectEnd(null);
    }

    public function kill(): void
    {
        $this->isEnding = true;
        $this->process->kill();
    }

    /** More of the request's body has come, or there is leave for more of the answer. */
    private function goOn(): void
    {
        $call = $this->call;
        if ($call === null || $this->isEnding) {
            return;
        }
        if (!$this->isBegun) {
            $length = CgiRequest::contentLength($call);
            if ($length === null && !$call->isBodyComplete()) {
                $this->waitForLength($call);
                return;
            }
            $this->begin($call, $length);
        }
        $this->sendBody($call);
        $this->watch();
    }

    /** PHP has to know how long a body is before it begins; one that does not say so is kept until it is whole. */
    private function waitForLength(Call $call): void
    {
        if ($call->bodyBytes() <= self::MOST_UNMEASURED) {
            $call->keepBody();
            return;
        }
        $this->isBodySent = true; // none of it
        $most = self::MOST_UNMEASURED / 1_048_576;
        $call->fail(Failure::of('user', 'LengthRequired', "a body of more than $most MB needs a Content-Length"));
        $this->becomeIdle();
    }

    private function begin(Call $call, ?string $length): void
    {
        $this->isBegun = true;
        $variables = CgiRequest::variables($call) + ($this->script?->variables() ?? []);
        $variables['CONTENT_LENGTH'] = $length ?? (string) $call->bodyBytes();
        $this->connection->send(FastCgi::begin() . FastCgi::parameters($variables));
    }

    private function sendBody(Call $call): void
    {
        while ($this->connection->isSent() && !$this->isBodySent) {
            $bytes = $call->takeBody();
            if ($bytes === '' && !$call->isBodyComplete()) {
                return;
            }
            $this->isBodySent = $bytes === '';
            $this->connection->send(
                $bytes === '' ? FastCgi::record(FastCgi::STDIN, '') : FastCgi::stream(FastCgi::STDIN, $bytes),
            );
        }
    }

    /** Reads what the script answers, unless nobody takes it yet. */
    private function watch(): void
    {
        $this->connection->listen(!$this->isHeldUp && $this->call?->isHeldUp() !== true);
    }

    private function take(int $type, string $content): void
    {
        match ($type) {
            FastCgi::STDOUT => $this->answer?->addOutput($content),
            FastCgi::STDERR => $this->addError($content),
            FastCgi::END_REQUEST => $this->endRequest(),
            default => null,
        };
    }

    private function flush(): void
    {
        $this->answer?->flush();
        $this->watch();
    }

    private function addError(string $content): void
    {
        $this->errorLines->push($content);
        $this->answer?->addError($content);
    }

    private function endRequest(): void
    {
        if ($this->onUp !== null) {
            [$onUp, $this->onUp] = [$this->onUp, null];
            $onUp();
            return;
        }
        $answer = $this->answer;
        $this->answer = null;
        $answer?->end();
        if ($this->call?->isOver === false) {
            $this->waitUntilTaken($this->call);
            return;
        }
        $this->becomeIdle();
    }

    /** The script is through; its answer still waits for leave. */
    private function waitUntilTaken(Call $call): void
    {
        $call->onCancel = fn () => $call->fail(self::cancelled());
        $call->onChange = function () use ($call): void {
            if ($call->isOver) {
                $this->becomeIdle();
            }
        };
    }

    private function becomeIdle(): void
    {
        if (!$this->connection->isSent() || !$this->isBodySent) {
            $this->stop(); // the rest of this request's body must not be taken for the next request
            $this->call = null;
            return;
        }
        $this->call = null;
        ($this->onIdle)();
    }

    /** At the deadline at once; when the caller has gone as PHP does it: at the next output, unless the script ignores that. */
    private function cancel(int $reason): void
    {
        if ($reason === Call::DEADLINE) {
            $this->kill();
        } elseif (!$this->isEnding) {
            $this->stop();
        }
    }

    private function ended(int $code): void
    {
        $this->connection->close();
        $call = $this->call;
        if ($call !== null && $this->isEnding) {
            $call->fail(self::cancelled());
        }
        ($this->onEnd)($code, $this->isEnding);
        $this->call = null;
    }

    private static function settingsFile(): string
    {
        return dirname(__DIR__, 2) . '/request-settings.php';
    }

    /** @return array<string, string> */
    private static function cancelled(): array
    {
        return Failure::of('user', 'CallCancelled', 'The call was cancelled');
    }
}
