<?php

declare(strict_types=1);

namespace Gust\Runtime\Http;

use Gust\Runtime\Channel\Loop;

/** Records to and from one process of php-cgi. */
final class CgiConnection
{
    private const READ_BYTES = 262_144;

    private readonly FastCgi $records;
    private string $unsent = '';

    /**
     * @param resource $socket
     * @param \Closure(int, string): void $onRecord type and content
     * @param \Closure(): void $onPause everything that came is handed on
     * @param \Closure(): void $onDrain everything is sent
     * @param \Closure(): void $onClose the process closed it
     */
    public function __construct(
        private $socket,
        private readonly Loop $loop,
        private readonly \Closure $onRecord,
        private readonly \Closure $onPause,
        private readonly \Closure $onDrain,
        private readonly \Closure $onClose,
    ) {
        $this->records = new FastCgi();
        $this->listen(true);
    }

    public function send(string $records): void
    {
        $this->unsent .= $records;
        $this->write();
    }

    public function isSent(): bool
    {
        return $this->unsent === '';
    }

    /** Reads from now on, or does not, so that the script is held up. */
    public function listen(bool $isListening): void
    {
        if (!is_resource($this->socket)) {
            return;
        }
        if ($isListening) {
            $this->loop->onReadable($this->socket, $this->read(...));
        } else {
            $this->loop->ignoreReadable($this->socket);
        }
    }

    public function close(): void
    {
        if (is_resource($this->socket)) {
            $this->loop->ignoreReadable($this->socket);
            $this->loop->ignoreWritable($this->socket);
            fclose($this->socket);
        }
    }

    private function write(): void
    {
        if (!is_resource($this->socket)) {
            return;
        }
        $written = @fwrite($this->socket, $this->unsent);
        $this->unsent = substr($this->unsent, (int) $written);
        if ($this->unsent === '') {
            $this->loop->ignoreWritable($this->socket);
            return;
        }
        $this->loop->onWritable($this->socket, function (): void {
            $this->write();
            if ($this->unsent === '') {
                ($this->onDrain)();
            }
        });
    }

    private function read(): void
    {
        $bytes = (string) @fread($this->socket, self::READ_BYTES);
        if ($bytes === '' && feof($this->socket)) {
            $this->close();
            ($this->onClose)();
            return;
        }
        foreach ($this->records->push($bytes) as [$type, $content]) {
            ($this->onRecord)($type, $content);
        }
        ($this->onPause)();
    }
}
