<?php

declare(strict_types=1);

namespace Gust\Runtime\Channel;

/** The byte stream of the channel. What the platform does not take yet is kept, and whoever speaks much asks `isFull` first. */
final class Link
{
    private const FULL_BYTES = 262_144;
    private const READ_BYTES = 262_144;
    private const READ_BY_OTHERS_MS = 20;

    /** @var resource */
    private $stream;
    private string $unsent = '';
    private readonly FrameReader $reader;
    private bool $isOpen = true;
    /** @var \Closure(): void called when there is room again */
    public \Closure $onDrain;

    /** @param \Closure(int, int, string): void $onFrame type, call, payload */
    public function __construct(int $fd, private readonly Loop $loop, private readonly \Closure $onFrame)
    {
        $this->stream = fopen("php://fd/$fd", 'r+');
        stream_set_blocking($this->stream, false);
        stream_set_read_buffer($this->stream, 0);
        $this->reader = new FrameReader();
        $this->onDrain = static fn () => null;
        $loop->onReadable($this->stream, $this->read(...));
    }

    public function isOpen(): bool
    {
        return $this->isOpen;
    }

    public function isFull(): bool
    {
        return strlen($this->unsent) >= self::FULL_BYTES;
    }

    /** @param string $frames one or more, whole */
    public function send(string $frames): void
    {
        $isWaiting = $this->unsent !== '';
        $this->unsent .= $frames;
        if (!$isWaiting) {
            $this->write();
        }
    }

    /**
     * Waits until everything is said, but not longer than this, and a moment for the platform to read it: what it writes to a
     * process that is gone makes it lose what it has not read yet.
     */
    public function finish(int $milliseconds): void
    {
        $this->turnWhile(fn () => $this->unsent !== '', $milliseconds);
        $this->turnWhile(static fn () => true, self::READ_BY_OTHERS_MS);
    }

    /** @param \Closure(): bool $isWaiting */
    private function turnWhile(\Closure $isWaiting, int $milliseconds): void
    {
        $isLate = false;
        $this->loop->after($milliseconds, static function () use (&$isLate): void {
            $isLate = true;
        });
        while ($this->isOpen && !$isLate && $isWaiting()) {
            $this->loop->turn();
        }
    }

    private function write(): void
    {
        $written = $this->isOpen ? @fwrite($this->stream, $this->unsent) : strlen($this->unsent);
        $this->unsent = substr($this->unsent, (int) $written);
        if ($this->unsent !== '') {
            $this->loop->onWritable($this->stream, $this->write(...));
            return;
        }
        $this->loop->ignoreWritable($this->stream);
        ($this->onDrain)();
    }

    private function read(): void
    {
        $bytes = @fread($this->stream, self::READ_BYTES);
        if ($bytes === '' || $bytes === false) {
            if (feof($this->stream)) {
                $this->close();
            }
            return;
        }
        foreach ($this->reader->push($bytes) as [$type, $call, $payload]) {
            ($this->onFrame)($type, $call, $payload);
        }
    }

    private function close(): void
    {
        $this->isOpen = false;
        $this->loop->ignoreReadable($this->stream);
        $this->loop->ignoreWritable($this->stream);
    }
}
