<?php

declare(strict_types=1);

namespace Gust\Runtime\Channel;

/** Cuts a byte stream into frames, however it arrives. */
final class FrameReader
{
    private string $rest = '';

    /** @param int $longest a frame that is longer breaks the protocol */
    public function __construct(private readonly int $longest = Frame::LONGEST_FRAME)
    {
    }

    /**
     * @return iterable<array{int, int, string}> type, call and payload
     * @throws \UnexpectedValueException when the other side does not keep to the protocol
     */
    public function push(string $bytes): iterable
    {
        $this->rest .= $bytes;
        $at = 0;
        while (strlen($this->rest) - $at >= Frame::PREFIX_BYTES) {
            ['length' => $length, 'type' => $type, 'call' => $call] = unpack('Vlength/Ctype/Vcall', $this->rest, $at);
            if ($length < 5 || $length > $this->longest) {
                throw new \UnexpectedValueException("a frame of $length bytes");
            }
            if (strlen($this->rest) - $at < $length + 4) {
                break;
            }
            $payload = substr($this->rest, $at + Frame::PREFIX_BYTES, $length - 5);
            $at += $length + 4;
            yield [$type, $call, $payload];
        }
        $this->rest = substr($this->rest, $at);
    }
}
