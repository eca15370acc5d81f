<?php

declare(strict_types=1);

namespace Gust\Runtime\Http;

use Gust\Runtime\Process\FunctionSettings;

/** The script of an HTTP function, and what every request of it has. */
final class Script
{
    /** @var array<string, string> */
    private readonly array $variables;

    /**
     * @param array<string, mixed> $init
     * @param array<string, string> $before environment of the processes that run it
     */
    public function __construct(string $path, array $init, array $before)
    {
        $environment = FunctionSettings::environment($init['environment'], $before);
        $strangers = array_keys(array_diff_key($before, $environment));
        $this->variables = [
            'GATEWAY_INTERFACE' => 'CGI/1.1',
            'SERVER_SOFTWARE' => 'gust',
            'SERVER_PROTOCOL' => 'HTTP/1.1',
            'REDIRECT_STATUS' => '200',
            'DOCUMENT_ROOT' => dirname($path),
            'SCRIPT_FILENAME' => $path,
            'SCRIPT_NAME' => '/' . basename($path),
            RequestSettings::VARIABLE => RequestSettings::encode($environment, FunctionSettings::of($init), $strangers),
        ];
    }

    /** @return array<string, string> */
    public function variables(): array
    {
        return $this->variables;
    }
}
