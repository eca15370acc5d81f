<?php

declare(strict_types=1);

namespace Gust\Runtime\Worker;

use Gust\Runtime\Channel\Frame;
use Gust\Runtime\Process\Failure;

/** One event: its handler is called with objects, as SCF does, and what it gives is the result, as JSON. */
final class EventCall
{
    /** Deeper than any event; PHP's own 512 is not what JSON says. */
    private const DEPTH = 4_096;
    private const RESULT_FLAGS = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE
        | JSON_UNESCAPED_LINE_TERMINATORS | JSON_PRESERVE_ZERO_FRACTION;

    private readonly string $requestId;
    /** @var array<string, string> variables that hold for this call alone */
    private readonly array $variables;
    private readonly string $event;

    /**
     * @param array<string, mixed> $init
     * @param string $payload of CALL, with the whole body
     */
    public function __construct(private readonly array $init, private readonly string $function, string $payload)
    {
        $offset = 6;
        $strings = Frame::readStrings($payload, $offset);
        $this->requestId = $strings[0];
        $pairs = array_chunk(array_slice($strings, 1), 2);
        $this->variables = array_column($pairs, 1, 0);
        $this->event = substr($payload, $offset);
    }

    /** @return array{int, string} type and payload of the answer */
    public function run(): array
    {
        try {
            $event = $this->event === ''
                ? new \stdClass()
                : json_decode($this->event, false, self::DEPTH, JSON_THROW_ON_ERROR);
        } catch (\JsonException $error) {
            return self::failed(Failure::of('user', 'InvalidEvent', "The event is not JSON: {$error->getMessage()}"));
        }
        $before = $this->setVariables($this->variables);
        try {
            return $this->answer(($this->function)($event, $this->context()));
        } catch (\Throwable $error) {
            return self::failed(Trace::failure('user', $error));
        } finally {
            $this->setVariables($before);
        }
    }

    /** @return array{int, string} */
    private function answer(mixed $result): array
    {
        try {
            $text = json_encode($result, self::RESULT_FLAGS, self::DEPTH);
        } catch (\JsonException $error) {
            return self::failed(Failure::of('bad-result', 'JsonException', "The result is not JSON: {$error->getMessage()}"));
        }
        if (strlen($text) > $this->init['maxResultBytes']) {
            return self::failed(Failure::of('result-too-large', 'ResponseTooLarge', 'body size is too long'));
        }
        return [Frame::END, $text];
    }

    /**
     * @param array<string, string> $failure
     * @return array{int, string}
     */
    private static function failed(array $failure): array
    {
        return [Frame::ERROR, json_encode($failure, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE)];
    }

    private function context(): object
    {
        $function = $this->init['function'];
        $environment = $this->variables + $this->init['environment'];
        $pairs = array_map(static fn ($name, $value) => "$name=$value", array_keys($environment), $environment);
        return (object) [
            'memory_limit_in_mb' => $function['memoryMb'],
            'time_limit_in_ms' => $function['timeoutMs'],
            'request_id' => $this->requestId,
            'environment' => json_encode((object) $environment, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE),
            'environ' => implode(';', $pairs),
            'function_version' => $function['version'],
            'function_name' => $function['name'],
            'namespace' => $function['namespace'],
            'tencentcloud_region' => $function['region'],
            'tencentcloud_appid' => $function['appId'],
            'tencentcloud_uin' => $function['uin'],
        ];
    }

    /**
     * @param array<string, string|null> $variables
     * @return array<string, string|null> what they were before
     */
    private function setVariables(array $variables): array
    {
        $before = [];
        foreach ($variables as $name => $value) {
            $was = getenv((string) $name, true);
            $before[$name] = $was === false ? null : $was;
            Environment::set((string) $name, $value);
        }
        return $before;
    }
}
