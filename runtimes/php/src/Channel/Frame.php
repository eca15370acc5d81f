<?php

declare(strict_types=1);

namespace Gust\Runtime\Channel;

/** Frames of PROTOCOL.md: their numbers, and how they are put together. Nothing here knows descriptors or calls. */
final class Frame
{
    public const READY = 1;
    public const INIT = 2;
    public const INITIALIZED = 3;
    public const INIT_FAILED = 4;
    public const CALL = 5;
    public const HEAD = 6;
    public const DATA = 7;
    public const END = 8;
    public const ERROR = 9;
    public const CANCEL = 10;
    public const WINDOW = 11;
    public const LOG = 12;
    public const PING = 13;
    public const PONG = 14;
    public const STOP = 15;
    public const PREPARE = 16;

    /** Bytes of length, type and call id in front of every payload. */
    public const PREFIX_BYTES = 9;
    public const LONGEST_FRAME = 1_048_576;
    /** Longest DATA payload, body inside a head, and log line. */
    public const LONGEST_PIECE = 65_536;
    /** Body bytes of a call and direction that may be under way without leave. */
    public const START_CREDIT = 262_144;
    private const LONGEST_STRING = 65_535;

    public static function of(int $type, int $call, string $payload = ''): string
    {
        return pack('VCV', strlen($payload) + 5, $type, $call) . $payload;
    }

    /** @param array<string, mixed> $message */
    public static function json(int $type, int $call, array $message): string
    {
        return self::of($type, $call, json_encode($message, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE));
    }

    /**
     * HEAD with the whole body, or (null) with a body that follows.
     *
     * @param string $pairs headers as a string list
     */
    public static function head(int $call, int $status, string $pairs, ?string $body): string
    {
        return self::of(self::HEAD, $call, pack('Cv', $body === null ? 0 : 1, $status) . $pairs . $body);
    }

    /** @param int $stream 1 stdout, 2 stderr */
    public static function log(int $call, int $stream, string $line): string
    {
        return self::of(self::LOG, $call, pack('Ce', $stream, microtime(true) * 1000) . $line);
    }

    /**
     * @param list<string> $strings
     * @throws \LengthException when the list cannot be said; its message is for the author of the function
     */
    public static function stringList(array $strings): string
    {
        $lengths = array_map(strlen(...), $strings);
        $longest = max(0, 0, ...$lengths);
        if ($longest > self::LONGEST_STRING) {
            throw new \LengthException("a header of $longest bytes is longer than " . self::LONGEST_STRING);
        }
        $total = 2 + 2 * count($strings) + array_sum($lengths);
        if (count($strings) > self::LONGEST_STRING || $total > self::LONGEST_FRAME - 2 * self::LONGEST_PIECE) {
            throw new \LengthException("headers of $total bytes are more than the platform carries");
        }
        return pack('v*', count($strings), ...$lengths) . implode('', $strings);
    }

    /**
     * The string list that begins at an offset, which then is behind it.
     *
     * @return list<string>
     */
    public static function readStrings(string $payload, int &$offset): array
    {
        $count = unpack('v', $payload, $offset)[1];
        $lengths = $count === 0 ? [] : unpack("v$count", $payload, $offset + 2);
        $offset += 2 + 2 * $count;
        $strings = [];
        foreach ($lengths as $length) {
            $strings[] = substr($payload, $offset, $length);
            $offset += $length;
        }
        return $strings;
    }

    public static function readU32(string $payload, int $offset = 0): int
    {
        return unpack('V', $payload, $offset)[1];
    }
}
