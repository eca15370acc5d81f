<?php

// Read by interpreters that are too old as well, to say so.
if (PHP_VERSION_ID < 80000) {
    fwrite(STDERR, 'PHP functions need PHP 8 or newer; php of this host is ' . PHP_VERSION . "\n");
    exit(1);
}

require __DIR__ . '/src/autoload.php';

// `main.php http` serves HTTP functions, `main.php` event functions.
exit((new Gust\Runtime\PhpRuntime((int) (getenv('GUST_CHANNEL_FD') ?: 3), ($argv[1] ?? '') === 'http'))->run());
