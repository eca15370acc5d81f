<?php

declare(strict_types=1);

namespace Gust\Runtime\Worker;

/** Finds what a handler such as `index.main_handler` names. */
final class Handler
{
    private const NAMES_SHOWN = 20;

    /**
     * @return array{string, string} file without its ending, and name of the function
     * @throws HandlerMissing
     */
    public static function split(string $handler): array
    {
        if (preg_match('#^(?<file>.*[^/])\.(?<name>[^./]+)$#sD', $handler, $found) !== 1) {
            throw new HandlerMissing(
                "Handler \"$handler\" names no function: it must be <file>.<function>, such as index.main_handler",
            );
        }
        return [$found['file'], $found['name']];
    }

    /** @throws HandlerMissing when the package does not have the file */
    public static function find(string $codeRoot, string $handler, string $file): string
    {
        $path = rtrim($codeRoot, '/') . "/$file.php";
        if (is_file($path)) {
            return $path;
        }
        $folder = dirname($path);
        $inner = dirname($file);
        $where = $inner === '.' ? 'the code package' : "folder $inner of the code package";
        if (!is_dir($folder)) {
            throw new HandlerMissing("Handler \"$handler\": there is no $where; looked for $file.php");
        }
        $there = self::listed(array_values(array_diff(scandir($folder) ?: [], ['.', '..'])));
        throw new HandlerMissing("Handler \"$handler\": no file " . basename($path) . " in $where, there is $there");
    }

    /** @throws HandlerMissing when the file that was loaded does not define the function */
    public static function check(string $handler, string $function): void
    {
        if (function_exists($function)) {
            return;
        }
        $there = self::listed(get_defined_functions()['user']);
        [$file] = self::split($handler);
        throw new HandlerMissing(
            "Handler \"$handler\": " . basename($file) . ".php has no function \"$function\", it has $there",
        );
    }

    /** @param list<string> $names */
    private static function listed(array $names): string
    {
        $more = count($names) - self::NAMES_SHOWN;
        $shown = implode(', ', array_slice($names, 0, self::NAMES_SHOWN));
        return $names === [] ? 'nothing' : $shown . ($more > 0 ? " and $more more" : '');
    }
}
