<?php

declare(strict_types=1);

/** Loads `Gust\Runtime\Channel\Link` from `Channel/Link.php`. */
spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'Gust\\Runtime\\')) {
        require __DIR__ . '/' . strtr(substr($class, 13), '\\', '/') . '.php';
    }
});
