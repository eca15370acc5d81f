<?php

declare(strict_types=1);

// An ordinary script that every request runs, as a web server's front controller. Slim, Symfony and Laravel begin in such a
// file; put their packages beside it with `composer install`.
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
error_log("{$_SERVER['REQUEST_METHOD']} $path");

if ($path === '/json') {
    header('Content-Type: application/json');
    echo json_encode(['method' => $_SERVER['REQUEST_METHOD'], 'path' => $path, 'form' => $_POST]);
    return;
}

header('Content-Type: text/plain; charset=utf-8');
ob_end_flush(); // what is flushed from here on is on its way at once
foreach (['Hello', ', ', $_GET['name'] ?? 'world', "!\n"] as $word) {
    echo $word;
    flush();
    usleep(100_000);
}
