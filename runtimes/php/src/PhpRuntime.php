<?php

declare(strict_types=1);

namespace Gust\Runtime;

use Gust\Runtime\Channel\Call;
use Gust\Runtime\Channel\Frame;
use Gust\Runtime\Channel\Link;
use Gust\Runtime\Channel\Loop;
use Gust\Runtime\Event\EventServer;
use Gust\Runtime\Http\HttpServer;
use Gust\Runtime\Process\Failure;

/**
 * The PHP runtime of one sandbox: speaks on the channel, and has user code run in processes of their own.
 *
 * starting → ready → (INIT) loading → serving | failed; (STOP) stopping → ended
 */
final class PhpRuntime
{
    /** For the platform to take the last words. */
    private const LAST_WORDS_MS = 500;

    private readonly Loop $loop;
    private readonly Link $link;
    private readonly Server $server;
    /** @var array<int, Call> */
    private array $calls = [];
    /** @var array<string, mixed> what PREPARE said of the INIT that follows */
    private array $prepared = [];
    private string $form = '';
    private bool $isInitialized = false;
    /** @var array<int, string|null> payloads of calls that came before INITIALIZED; null: cancelled since */
    private array $early = [];
    private bool $isStopping = false;
    private ?int $exitCode = null;

    public function __construct(int $fd, bool $isHttp)
    {
        ini_set('memory_limit', '-1'); // bodies and results have limits of their own
        $this->loop = new Loop();
        $this->link = new Link($fd, $this->loop, $this->take(...));
        $log = fn (int $call, int $stream, string $line) => $this->link->send(Frame::log($call, $stream, $line));
        $this->server = $isHttp
            ? new HttpServer($this->loop, $log, $this->end(...))
            : new EventServer($this->loop, $log, $this->end(...));
        $this->link->onDrain = fn () => $this->server->listen(true);
    }

    /** Ends with the sandbox; gives the code that the process ends with. */
    public function run(): int
    {
        $ready = ['protocol' => 1, 'runtime' => 'php', 'version' => PHP_VERSION, 'prepares' => true];
        $this->server->prepare(fn () => $this->link->send(Frame::json(Frame::READY, 0, $ready)));
        while ($this->exitCode === null && $this->link->isOpen()) {
            $this->loop->turn();
            if ($this->link->isFull()) {
                $this->server->listen(false);
            }
        }
        $this->server->kill();
        $this->link->finish(self::LAST_WORDS_MS);
        return $this->exitCode ?? 1; // the platform is gone: nobody wants anything any more
    }

    private function take(int $type, int $id, string $payload): void
    {
        $call = $this->calls[$id] ?? null;
        match ($type) {
            Frame::PING => $this->link->send(Frame::of(Frame::PONG, 0, $payload)),
            Frame::PREPARE => $this->enter(self::message($payload)),
            Frame::INIT => $this->load($payload === '' ? $this->prepared : self::message($payload)),
            Frame::CALL => $this->open($id, $payload),
            Frame::DATA => $call?->addBody($payload),
            Frame::END => $call?->endBody(),
            Frame::WINDOW => $call?->grant(Frame::readU32($payload)),
            Frame::CANCEL => $this->cancel($id, ord($payload[0])),
            Frame::STOP => $this->stop(Frame::readU32($payload)),
            default => null,
        };
    }

    /** @return array<string, mixed> */
    private static function message(string $payload): array
    {
        return json_decode($payload, true, 512, JSON_THROW_ON_ERROR);
    }

    /** @param array<string, mixed> $init */
    private function enter(array $init): void
    {
        $this->prepared = $init;
        $this->server->enter($init);
    }

    /** @param array<string, mixed> $init */
    private function load(array $init): void
    {
        $this->form = $init['form'];
        $this->server->load(
            $init,
            $this->loaded(...),
            fn (array $failure) => $this->link->send(Frame::json(Frame::INIT_FAILED, 0, $failure)),
        );
    }

    private function open(int $id, string $payload): void
    {
        if ($this->isStopping) {
            return;
        }
        if (!$this->isInitialized) {
            $this->early[$id] = $payload;
            return;
        }
        $this->calls[$id] = new Call($id, $payload, $this->link, function () use ($id): void {
            $call = $this->calls[$id];
            unset($this->calls[$id]);
            $this->server->beforeAnswer($call);
            if ($this->isStopping && $this->calls === []) {
                $this->loop->after(0, $this->leave(...));
            }
        });
        $this->server->run($this->calls[$id]);
    }

    /** A call that came meanwhile begins. */
    private function loaded(): void
    {
        $this->isInitialized = true;
        $this->link->send(Frame::json(Frame::INITIALIZED, 0, ['handler' => $this->form]));
        foreach ($this->early as $id => $payload) {
            if ($payload === null) {
                $failure = Failure::of('user', 'Canceled', 'the call was cancelled before it began');
                $this->link->send(Frame::json(Frame::ERROR, $id, $failure));
            } else {
                $this->open($id, $payload);
            }
        }
        $this->early = [];
    }

    private function cancel(int $id, int $reason): void
    {
        if (isset($this->early[$id])) {
            $this->early[$id] = null;
        }
        $call = $this->calls[$id] ?? null;
        if ($call !== null) {
            ($call->onCancel)($reason);
        }
    }

    private function stop(int $graceMs): void
    {
        $this->isStopping = true;
        if ($this->calls === []) {
            $this->leave();
        }
        $this->loop->after($graceMs, function (): void {
            $failure = Failure::of('exit', 'SandboxStopped', 'the sandbox was stopped before the call was over');
            foreach ($this->calls as $call) {
                $call->fail($failure);
            }
            $this->exitCode ??= 0;
        });
    }

    /** Every call is over; user code may do what it wants done at the end. */
    private function leave(): void
    {
        $this->server->stop(function (): void {
            $this->exitCode ??= 0;
        });
    }

    /**
     * User code ended its process, and with it this sandbox.
     *
     * @param array<string, string> $failure
     */
    private function end(array $failure, int $code): void
    {
        // First, so that the platform gives this sandbox no further call once an answer is out.
        $this->link->send(Frame::json(Frame::ERROR, 0, $failure));
        foreach ($this->calls as $call) {
            $call->fail($failure);
        }
        $this->exitCode ??= $code;
    }
}
