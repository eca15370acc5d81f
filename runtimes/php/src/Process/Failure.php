<?php

declare(strict_types=1);

namespace Gust\Runtime\Process;

/** Failures as PROTOCOL.md has them, short enough for a frame. */
final class Failure
{
    private const LONGEST_MESSAGE = 8_192;
    private const LONGEST_STACK = 65_536;

    /**
     * A failure with a sentence of ours, or of PHP's.
     *
     * @return array<string, string>
     */
    public static function of(string $kind, string $errorType, string $message, string $stack = ''): array
    {
        return [
            'kind' => $kind,
            'errorType' => substr($errorType, 0, 200),
            'message' => self::cut($message, self::LONGEST_MESSAGE),
            'stackTrace' => self::cut($stack === '' ? "$errorType: $message" : $stack, self::LONGEST_STACK),
        ];
    }

    /** @return array<string, string> */
    public static function exited(int $code): array
    {
        return self::of('exit', 'ProcessExited', "process exited with code $code");
    }

    /**
     * What PHP says of an error that ended a script, as code of the function should hear it.
     *
     * @param string $kind unless memory was short
     * @return array<string, string>
     */
    public static function fatal(string $kind, string $text): array
    {
        if (preg_match('/^(?:Allowed memory size of|Out of memory)/', $text) === 1) {
            return self::of('memory', 'OutOfMemory', $text);
        }
        $pattern = '/^Uncaught (?<type>[\w\\\\]+)(?:: (?<message>.*?))? in (?<place>\S+:\d+)\nStack trace:\n/s';
        if (preg_match($pattern, $text, $found) !== 1) {
            return self::of($kind, 'FatalError', $text);
        }
        return self::of($kind, $found['type'], $found['message'], substr($text, strlen('Uncaught ')));
    }

    /**
     * A failure that came from a process with user code in it, and so may be anything.
     *
     * @return array<string, string>
     */
    public static function received(string $json): array
    {
        $said = json_decode($json, true);
        $text = static fn (string $name): string => is_string($said[$name] ?? null) ? $said[$name] : '';
        $kinds = ['user', 'handler-missing', 'bad-result', 'result-too-large', 'code', 'exit', 'memory'];
        $kind = in_array($text('kind'), $kinds, true) ? $text('kind') : 'user';
        return self::of($kind, $text('errorType'), $text('message'), $text('stackTrace'));
    }

    private static function cut(string $text, int $most): string
    {
        $more = strlen($text) - $most;
        return $more <= 0 ? $text : substr($text, 0, $most) . "… ($more more bytes)";
    }
}
