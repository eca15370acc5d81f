<?php

declare(strict_types=1);

namespace Gust\Runtime\Event;

use Gust\Runtime\Channel\FrameReader;
use Gust\Runtime\Channel\Loop;

/** Frames to and from a worker process. What comes from it is user code's, and may be anything. */
final class WorkerConnection
{
    private const READ_BYTES = 262_144;
    /** The longest result is the platform's to refuse, and 6 MB; a frame that says more is none of ours. */
    private const LONGEST_FRAME = 268_435_456;

    private string $unsent = '';
    private bool $isBroken = false;
    private readonly FrameReader $reader;

    /**
     * @param resource $socket
     * @param \Closure(int, string): void $onFrame type and payload
     * @param \Closure(): void $onClose the worker ended, or says things that are no frames
     */
    public function __construct(
        private $socket,
        private readonly Loop $loop,
        private readonly \Closure $onFrame,
        private readonly \Closure $onClose,
    ) {
        $this->reader = new FrameReader(self::LONGEST_FRAME);
        stream_set_blocking($socket, false);
        stream_set_read_buffer($socket, 0);
        $loop->onReadable($socket, $this->read(...));
    }

    public function send(string $frame): void
    {
        $this->unsent .= $frame;
        $this->write();
    }

    public function close(): void
    {
        if (is_resource($this->socket)) {
            $this->loop->ignoreReadable($this->socket);
            $this->loop->ignoreWritable($this->socket);
            fclose($this->socket);
        }
    }

    /** What the worker said before it ended. */
    public function readRest(): void
    {
        while (is_resource($this->socket) && $this->read()) {
            continue;
        }
    }

    private function write(): void
    {
        $written = is_resource($this->socket) ? @fwrite($this->socket, $this->unsent) : strlen($this->unsent);
        $this->unsent = substr($this->unsent, (int) $written);
        if ($this->unsent !== '') {
            $this->loop->onWritable($this->socket, $this->write(...));
        } elseif (is_resource($this->socket)) {
            $this->loop->ignoreWritable($this->socket);
        }
    }

    /** Whether there was something. */
    private function read(): bool
    {
        $bytes = (string) @fread($this->socket, self::READ_BYTES);
        try {
            foreach ($this->reader->push($bytes) as [$type, , $payload]) {
                ($this->onFrame)($type, $payload);
            }
        } catch (\UnexpectedValueException) {
            $bytes = '';
            $this->isBroken = true;
        }
        if ($this->isBroken || ($bytes === '' && feof($this->socket))) {
            $this->close();
            ($this->onClose)();
        }
        return $bytes !== '';
    }
}
