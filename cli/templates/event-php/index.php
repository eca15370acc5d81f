<?php

declare(strict_types=1);

/** Called once per event. What it returns becomes the JSON answer; what it throws is told to the caller. */
function main_handler(object $event, object $context): array
{
    echo 'called with ', json_encode($event), PHP_EOL;
    return ['hello' => $event->name ?? 'world', 'request' => $context->request_id];
}
