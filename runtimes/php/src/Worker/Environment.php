<?php

declare(strict_types=1);

namespace Gust\Runtime\Worker;

use Gust\Runtime\Process\FunctionSettings;

/** Makes this process the function's own. */
final class Environment
{
    /** @param array<string, mixed> $init */
    public static function enter(array $init): void
    {
        $environment = FunctionSettings::environment($init['environment'], getenv());
        foreach (array_diff_key(getenv(), $environment) as $name => $_) {
            self::set((string) $name, null);
        }
        foreach ($environment as $name => $value) {
            self::set((string) $name, $value);
        }
        foreach (FunctionSettings::of($init) as $name => $value) {
            ini_set($name, $value);
        }
        $_SERVER['argv'] = $GLOBALS['argv'] = [$init['handler']];
        $_SERVER['argc'] = $GLOBALS['argc'] = 1;
    }

    /** In all the places where programs look. */
    public static function set(string $name, ?string $value): void
    {
        if ($value === null) {
            putenv($name);
            unset($_ENV[$name], $_SERVER[$name]);
            return;
        }
        putenv("$name=$value");
        $_ENV[$name] = $_SERVER[$name] = $value;
    }
}
