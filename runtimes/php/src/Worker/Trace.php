<?php

declare(strict_types=1);

namespace Gust\Runtime\Worker;

use Gust\Runtime\Process\Failure;

/** What user code threw, as a reader of the function's code wants it: without frames of the runtime. */
final class Trace
{
    /** @return array<string, string> */
    public static function failure(string $kind, \Throwable $error): array
    {
        $message = $error->getMessage();
        if ($error instanceof \ParseError || $error instanceof \CompileError) {
            $message .= self::place($error->getFile(), $error->getLine());
        }
        return Failure::of($kind, $error::class, $message, self::of($error));
    }

    /** ` in index.php:3`, where it says something to the author of a function. */
    public static function place(string $file, int $line): string
    {
        return self::isOwn($file) ? '' : " in $file:$line";
    }

    private static function of(\Throwable $error): string
    {
        $parts = [];
        for ($seen = 0; $error !== null && $seen < 20; $seen++) {
            $head = $error::class . ": {$error->getMessage()}" . self::place($error->getFile(), $error->getLine());
            $parts[] = implode("\n", [$head, ...self::frames($error)]);
            $error = $error->getPrevious();
        }
        return implode("\n\nCaused by: ", $parts);
    }

    /** @return list<string> */
    private static function frames(\Throwable $error): array
    {
        $lines = [];
        foreach ($error->getTrace() as $frame) {
            $called = ($frame['class'] ?? '') . ($frame['type'] ?? '') . $frame['function'] . '()';
            $file = $frame['file'] ?? null;
            if (str_starts_with($frame['class'] ?? '', 'Gust\\Runtime\\')) {
                continue;
            }
            if ($file !== null && self::isOwn($file)) {
                $lines[] = "    at $called";
                continue;
            }
            $lines[] = "    at $called" . ($file === null ? '' : " ($file:{$frame['line']})");
        }
        return $lines;
    }

    private static function isOwn(string $file): bool
    {
        return str_starts_with($file, dirname(__DIR__, 2) . '/');
    }
}
