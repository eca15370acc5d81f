<?php

declare(strict_types=1);

namespace Gust\Runtime\Http;

use Gust\Runtime\Channel\Call;

/** What a request is in the variables of CGI, from which PHP makes `$_SERVER` and all the rest. */
final class CgiRequest
{
    private const METHOD_AT = 1;
    private const TARGET_AT = 2;
    private const HEADERS_AT = 3;

    /** @return array<string, string> */
    public static function variables(Call $call): array
    {
        $target = $call->strings[self::TARGET_AT];
        $headers = self::headers($call);
        $isHttps = ($headers['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https';
        [$host, $port] = self::splitHost($headers['HTTP_HOST'] ?? 'localhost');
        // Who speaks to the platform: what a client itself says of others before it is not believed.
        $forwarded = explode(',', $headers['HTTP_X_FORWARDED_FOR'] ?? '');
        $variables = [
            'REQUEST_METHOD' => $call->strings[self::METHOD_AT],
            'REQUEST_URI' => $target,
            'QUERY_STRING' => explode('?', $target, 2)[1] ?? '',
            'REQUEST_SCHEME' => $isHttps ? 'https' : 'http',
            'SERVER_NAME' => $host,
            'SERVER_PORT' => $port !== '' ? $port : ($isHttps ? '443' : '80'),
            'REMOTE_ADDR' => trim(end($forwarded)),
            'REQUEST_ID' => $call->strings[0],
        ];
        return $headers + $variables + ($isHttps ? ['HTTPS' => 'on'] : []);
    }

    /** Length of the body as the client gave it; null when it did not. */
    public static function contentLength(Call $call): ?string
    {
        return self::headers($call)['CONTENT_LENGTH'] ?? null;
    }

    /** @return array<string, string> */
    private static function headers(Call $call): array
    {
        $variables = [];
        $count = count($call->strings);
        for ($at = self::HEADERS_AT; $at < $count - 1; $at += 2) {
            $name = strtoupper($call->strings[$at]);
            // `x_forwarded_for` would pass for `x-forwarded-for`, and HTTP_PROXY for a setting of programs.
            if (str_contains($name, '_') || $name === 'PROXY') {
                continue;
            }
            $name = strtr($name, '-', '_');
            if ($name !== 'CONTENT_TYPE' && $name !== 'CONTENT_LENGTH') {
                $name = "HTTP_$name";
            }
            $separator = $name === 'HTTP_COOKIE' ? '; ' : ', ';
            $value = $call->strings[$at + 1];
            $variables[$name] = isset($variables[$name]) ? $variables[$name] . $separator . $value : $value;
        }
        return $variables;
    }

    /** @return array{string, string} name and port; the port is empty when there is none */
    private static function splitHost(string $host): array
    {
        return preg_match('/^(.*):(\d+)$/D', $host, $found) === 1 ? [$found[1], $found[2]] : [$host, ''];
    }
}
