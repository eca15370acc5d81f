<?php

// Runs in front of every request of an HTTP function: processes of php-cgi are started before the function is known.
(static function (): void {
    require_once __DIR__ . '/src/Http/RequestSettings.php';
    Gust\Runtime\Http\RequestSettings::apply();
})();
