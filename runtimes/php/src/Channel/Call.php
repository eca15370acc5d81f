<?php

declare(strict_types=1);

namespace Gust\Runtime\Channel;

/**
 * One call: what came with it, and the answer's way out.
 *
 * open → (end, answer, fail) over. After that every method does nothing.
 */
final class Call
{
    public const DEADLINE = 2;
    /** Leave for more is given in steps of at least so many bytes. */
    private const WINDOW_STEP = 32_768;

    /** @var list<string> as PROTOCOL.md has them: request id; then variables of an event, or method, target and headers */
    public readonly array $strings;
    public readonly int $deadlineMs;
    public readonly bool $isEvent;
    public bool $isOver = false;
    /** Request body that came and was not taken. */
    private string $body = '';
    private bool $isBodyComplete;
    /** Whether the body counts against credit: not when it came with the call. */
    private readonly bool $isBodyCredited;
    /** Of that, what leave was given for. */
    private int $kept = 0;
    private int $taken = 0;
    private int $credit = Frame::START_CREDIT;
    private string $unsent = '';
    private bool $isEnding = false;
    /** @var \Closure(): void called when there is more body, or more leave to answer */
    public \Closure $onChange;
    /** @var \Closure(int): void called at CANCEL */
    public \Closure $onCancel;

    /**
     * @param string $payload of CALL
     * @param \Closure(): void $onOver called once, before the last frame
     */
    public function __construct(
        public readonly int $id,
        string $payload,
        private readonly Link $link,
        private readonly \Closure $onOver,
    ) {
        $this->isEvent = $payload[1] === "\0";
        $this->deadlineMs = Frame::readU32($payload, 2);
        $offset = 6;
        $this->strings = Frame::readStrings($payload, $offset);
        $this->isBodyComplete = (ord($payload[0]) & 1) === 1;
        $this->isBodyCredited = !$this->isBodyComplete;
        $this->body = substr($payload, $offset);
        $this->onChange = static fn () => null;
        $this->onCancel = static fn () => null;
    }

    public function addBody(string $bytes): void
    {
        $this->body .= $bytes;
        if ($this->isEvent) {
            $this->keepBody(); // an event is taken whole
        }
        ($this->onChange)();
    }

    public function endBody(): void
    {
        $this->isBodyComplete = true;
        ($this->onChange)();
    }

    /** Whether all of the request's body has come, taken or not. */
    public function isBodyComplete(): bool
    {
        return $this->isBodyComplete;
    }

    /** What has come of the request's body. Leave for as much more is given. */
    public function takeBody(): string
    {
        $taken = $this->body;
        if ($this->isBodyCredited && !$this->isBodyComplete) {
            $this->keepBody();
        }
        $this->body = '';
        $this->kept = 0;
        return $taken;
    }

    /** Leaves what has come where it is, and gives leave for as much more. */
    public function keepBody(): void
    {
        $this->giveLeave(strlen($this->body) - $this->kept);
        $this->kept = strlen($this->body);
    }

    /** How much has come and was not taken. */
    public function bodyBytes(): int
    {
        return strlen($this->body);
    }

    public function grant(int $bytes): void
    {
        $this->credit += $bytes;
        $this->pump();
        ($this->onChange)();
    }

    /** The answer's head; its body follows. */
    public function head(int $status, string $pairs): void
    {
        if (!$this->isOver) {
            $this->link->send(Frame::head($this->id, $status, $pairs, null));
        }
    }

    /** The whole answer; its body is at most one piece. */
    public function answer(int $status, string $pairs, string $body): void
    {
        if ($this->finish()) {
            $this->link->send(Frame::head($this->id, $status, $pairs, $body));
        }
    }

    /** Body of the answer; sent as there is leave for it. */
    public function write(string $bytes): void
    {
        $this->unsent .= $bytes;
        $this->pump();
    }

    /** Whether what is written waits for leave: whoever can should not write more. */
    public function isHeldUp(): bool
    {
        return $this->unsent !== '';
    }

    /** The answer is complete. */
    public function end(): void
    {
        $this->isEnding = true;
        $this->pump();
    }

    /** @param array<string, string> $failure */
    public function fail(array $failure): void
    {
        if ($this->finish()) {
            $this->link->send(Frame::json(Frame::ERROR, $this->id, $failure));
        }
    }

    private function giveLeave(int $bytes): void
    {
        $this->taken += $bytes;
        if ($this->taken >= self::WINDOW_STEP && !$this->isOver) {
            $this->link->send(Frame::of(Frame::WINDOW, $this->id, pack('V', $this->taken)));
            $this->taken = 0;
        }
    }

    private function pump(): void
    {
        while (!$this->isOver && $this->unsent !== '' && $this->credit > 0) {
            $size = min(strlen($this->unsent), $this->credit, Frame::LONGEST_PIECE);
            if ($this->isEnding && $size === strlen($this->unsent) && $this->finish()) {
                $data = Frame::of(Frame::DATA, $this->id, $this->unsent);
                $this->link->send($data . Frame::of(Frame::END, $this->id));
                return;
            }
            $this->credit -= $size;
            $this->link->send(Frame::of(Frame::DATA, $this->id, substr($this->unsent, 0, $size)));
            $this->unsent = substr($this->unsent, $size);
        }
        if ($this->isEnding && $this->unsent === '' && $this->finish()) {
            $this->link->send(Frame::of(Frame::END, $this->id));
        }
    }

    /** Whether the call was open until now; lines begun by it go out before its last frame. */
    private function finish(): bool
    {
        if ($this->isOver) {
            return false;
        }
        $this->isOver = true;
        ($this->onOver)();
        return true;
    }
}
