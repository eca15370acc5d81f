<?php

declare(strict_types=1);

namespace Gust\Runtime\Http;

/** A connection to a process of php-cgi that does not run yet: it finds both ends in its first descriptor. */
final class CgiSocket
{
    private static int $count = 0;

    /**
     * The socket is in a directory for as long as it takes to connect to it, and nobody else may.
     *
     * @return array{resource, resource} what the process is to accept from, and our end
     */
    public static function open(string $directory): array
    {
        $before = getcwd() ?: '/';
        chdir($directory); // a path that is longer than 107 bytes cannot be connected to
        $mask = umask(0o077);
        $name = 'php-' . getmypid() . '-' . ++self::$count . '.sock';
        try {
            $listener = stream_socket_server("unix://$name", $code, $message);
            $socket = $listener === false ? false : stream_socket_client("unix://$name", $code, $message);
            if ($socket === false) {
                throw new \RuntimeException("no socket for php-cgi in $directory: $message");
            }
            unlink($name);
        } finally {
            umask($mask);
            chdir($before);
        }
        stream_set_blocking($socket, false);
        stream_set_read_buffer($socket, 0);
        return [$listener, $socket];
    }
}
