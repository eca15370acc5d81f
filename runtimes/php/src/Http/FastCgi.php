<?php

declare(strict_types=1);

namespace Gust\Runtime\Http;

/** Records of FastCGI, as far as php-cgi speaks it: one request at a time on a connection that stays. */
final class FastCgi
{
    public const END_REQUEST = 3;
    public const STDOUT = 6;
    public const STDERR = 7;
    public const PARAMS = 4;
    public const STDIN = 5;
    private const BEGIN_REQUEST = 1;
    private const HEADER_BYTES = 8;
    private const LONGEST = 65_535;
    private const RESPONDER = 1;
    private const KEEP_CONNECTION = 1;

    private string $rest = '';

    public static function begin(): string
    {
        return self::record(self::BEGIN_REQUEST, pack('nC', self::RESPONDER, self::KEEP_CONNECTION) . "\0\0\0\0\0");
    }

    /** @param array<string, string> $variables */
    public static function parameters(array $variables): string
    {
        $text = '';
        foreach ($variables as $name => $value) {
            $name = (string) $name;
            $text .= self::length($name) . self::length($value) . $name . $value;
        }
        return self::stream(self::PARAMS, $text) . self::record(self::PARAMS, '');
    }

    /** Some of a stream; an empty record ends it. */
    public static function stream(int $type, string $bytes): string
    {
        $records = '';
        foreach ($bytes === '' ? [] : str_split($bytes, self::LONGEST) as $piece) {
            $records .= self::record($type, $piece);
        }
        return $records;
    }

    public static function record(int $type, string $content): string
    {
        return pack('CCnnxx', 1, $type, 1, strlen($content)) . $content;
    }

    /** @return iterable<array{int, string}> type and content of what came whole */
    public function push(string $bytes): iterable
    {
        $this->rest .= $bytes;
        $at = 0;
        while (strlen($this->rest) - $at >= self::HEADER_BYTES) {
            ['type' => $type, 'length' => $length, 'padding' => $padding] =
                unpack('x/Ctype/x2/nlength/Cpadding', $this->rest, $at);
            if (strlen($this->rest) - $at < self::HEADER_BYTES + $length + $padding) {
                break;
            }
            $content = substr($this->rest, $at + self::HEADER_BYTES, $length);
            $at += self::HEADER_BYTES + $length + $padding;
            yield [$type, $content];
        }
        $this->rest = substr($this->rest, $at);
    }

    private static function length(string $text): string
    {
        $length = strlen($text);
        return $length < 128 ? chr($length) : pack('N', $length | 0x8000_0000);
    }
}
