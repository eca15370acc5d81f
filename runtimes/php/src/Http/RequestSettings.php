<?php

declare(strict_types=1);

namespace Gust\Runtime\Http;

/** The function's environment and settings, which come with every request as one variable, in the process that runs its script. */
final class RequestSettings
{
    public const VARIABLE = 'GUST_FUNCTION';

    /**
     * @param array<string, string> $environment
     * @param array<string, string> $settings of php.ini
     * @param list<string> $strangers variables that the process was started with, and the function does not have
     */
    public static function encode(array $environment, array $settings, array $strangers): string
    {
        return json_encode([$environment, $settings, $strangers], JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE);
    }

    /** Ends the request when it has none: it was to see whether the process is up. */
    public static function apply(): void
    {
        $text = $_SERVER[self::VARIABLE] ?? exit;
        [$environment, $settings, $strangers] = json_decode($text, true, 8, JSON_THROW_ON_ERROR);
        foreach ($strangers as $name) {
            putenv($name);
            unset($_SERVER[$name], $_ENV[$name]);
        }
        foreach ($environment as $name => $value) {
            putenv("$name=$value");
            $_SERVER[$name] = $_ENV[$name] = $value;
        }
        foreach ($settings as $name => $value) {
            ini_set($name, $value);
        }
        unset($_SERVER[self::VARIABLE], $_ENV[self::VARIABLE]);
    }
}
