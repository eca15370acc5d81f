<?php

declare(strict_types=1);

namespace Gust\Runtime\Worker;

use Gust\Runtime\Channel\Frame;

/** A worker's end of its connection with the runtime: frames, one after another, waited for. */
final class Connection
{
    private const READ_BYTES = 262_144;

    /** @var resource */
    private $stream;

    public function __construct(int $fd)
    {
        $this->stream = fopen("php://fd/$fd", 'r+');
        stream_set_read_buffer($this->stream, 0);
    }

    public function send(int $type, string $payload = ''): void
    {
        $this->write(Frame::of($type, 0, $payload));
    }

    /** @param array<string, string> $message */
    public function sendJson(int $type, array $message): void
    {
        $this->write(Frame::json($type, 0, $message));
    }

    /** @return array{int, string}|null type and payload; null when the runtime is done with this process */
    public function receive(): ?array
    {
        $prefix = $this->read(Frame::PREFIX_BYTES);
        if ($prefix === null) {
            return null;
        }
        $payload = $this->read(Frame::readU32($prefix) - 5);
        return $payload === null ? null : [ord($prefix[4]), $payload];
    }

    /** Exactly so many bytes; a signal that user code handles interrupts nothing. */
    private function read(int $length): ?string
    {
        $bytes = '';
        while (strlen($bytes) < $length) {
            $piece = @fread($this->stream, min(self::READ_BYTES, $length - strlen($bytes)));
            if (($piece === '' || $piece === false) && feof($this->stream)) {
                return null;
            }
            $bytes .= $piece;
        }
        return $bytes;
    }

    private function write(string $bytes): void
    {
        for ($sent = 0; $sent < strlen($bytes); $sent += $written) {
            $written = @fwrite($this->stream, $sent === 0 ? $bytes : substr($bytes, $sent));
            if ($written === false) {
                exit(1); // the runtime is gone
            }
        }
    }
}
