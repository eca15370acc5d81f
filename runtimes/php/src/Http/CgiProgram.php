<?php

declare(strict_types=1);

namespace Gust\Runtime\Http;

/** Finds php-cgi: of the same version as this PHP, where the host has several. */
final class CgiProgram
{
    public static function find(): ?string
    {
        $version = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
        foreach (["php-cgi$version", 'php-cgi' . PHP_MAJOR_VERSION . PHP_MINOR_VERSION, 'php-cgi'] as $name) {
            foreach ([dirname(PHP_BINARY), ...explode(PATH_SEPARATOR, getenv('PATH') ?: '')] as $folder) {
                if (is_file("$folder/$name") && is_executable("$folder/$name")) {
                    return "$folder/$name";
                }
            }
        }
        return null;
    }
}
