<?php

declare(strict_types=1);

namespace Gust\Runtime\Process;

/** What a function's own settings make of PHP's. */
final class FunctionSettings
{
    private const NEEDED_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    private const NEEDED_LANG = 'en_US.UTF8';
    /** By these the platform finds processes that left the sandbox's process group. */
    private const MARKS = ['GUST_SANDBOX' => 0, 'GUST_INSTALLATION' => 0];

    /**
     * The environment of user code: exactly what the platform says, what programs need, and the platform's marks.
     *
     * @param array<string, string> $given
     * @param array<string, string> $own
     * @return array<string, string>
     */
    public static function environment(array $given, array $own): array
    {
        $needed = ['PATH' => $own['PATH'] ?? self::NEEDED_PATH, 'LANG' => self::NEEDED_LANG];
        return array_intersect_key($own, self::MARKS) + $given + $needed;
    }

    /**
     * Settings of php.ini.
     *
     * @param array<string, mixed> $init
     * @return array<string, string>
     */
    public static function of(array $init): array
    {
        $timeZone = $init['environment']['TZ'] ?? 'UTC';
        $isKnown = in_array($timeZone, \DateTimeZone::listIdentifiers(\DateTimeZone::ALL_WITH_BC), true);
        $folders = array_unique(['.', $init['codeRoot'], $init['layersRoot'] ?? '/opt']);
        return [
            'memory_limit' => "{$init['function']['memoryMb']}M",
            'date.timezone' => $isKnown ? $timeZone : 'UTC',
            'include_path' => implode(PATH_SEPARATOR, $folders),
        ];
    }
}
