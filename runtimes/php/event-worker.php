<?php

declare(strict_types=1);

// The process that event functions run in. The handler's file is loaded here, in the global scope, as the main script of a
// program would be: its variables are what functions find with `global`.
require __DIR__ . '/src/autoload.php';

Gust\Runtime\Worker\EventWorker::start(3);
try {
    require Gust\Runtime\Worker\EventWorker::file();
    Gust\Runtime\Worker\EventWorker::loaded();
} catch (Throwable $e) {
    Gust\Runtime\Worker\EventWorker::failLoading($e);
}
Gust\Runtime\Worker\EventWorker::serve();
