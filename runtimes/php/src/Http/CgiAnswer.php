<?php

declare(strict_types=1);

namespace Gust\Runtime\Http;

use Gust\Runtime\Channel\Call;
use Gust\Runtime\Channel\Frame;
use Gust\Runtime\Process\Failure;

/**
 * What a script answers to one call, in the form of CGI.
 *
 * head → (an empty line) held → (the end of what came with it) streaming → (end) over; a small answer goes from held to over, as one frame
 */
final class CgiAnswer
{
    private const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];
    private const LONGEST_HEAD = 1_048_576;
    private const LONGEST_ERROR = 65_536;

    private string $head = '';
    private string $body = '';
    private int $status = 200;
    private ?string $pairs = null;
    private bool $isStreaming = false;
    /** What PHP says of the error that ended the script. */
    private string $error = '';
    private bool $hasBodySinceError = false;

    public function __construct(private readonly Call $call)
    {
    }

    public function addOutput(string $bytes): void
    {
        if ($this->pairs === null) {
            $this->head .= $bytes;
            $end = strpos($this->head, "\r\n\r\n");
            if ($end === false) {
                $this->limitHead();
                return;
            }
            $bytes = substr($this->head, $end + 4);
            $this->readHead(substr($this->head, 0, $end));
            $this->head = '';
        }
        $this->hasBodySinceError = $this->hasBodySinceError || $bytes !== '';
        $this->body .= $bytes;
    }

    /** Of the log of PHP. */
    public function addError(string $bytes): void
    {
        if ($this->error === '') {
            if (preg_match('/^PHP (?:Fatal|Parse) error:  .*/ms', $bytes, $found) !== 1) {
                return;
            }
            $bytes = $found[0];
            $this->hasBodySinceError = false;
        }
        $this->error = substr($this->error . $bytes, 0, self::LONGEST_ERROR);
    }

    /** Sends on what has come. */
    public function flush(): void
    {
        if ($this->pairs === null || $this->call->isOver || ($this->body === '' && $this->error !== '')) {
            return;
        }
        if (!$this->isStreaming) {
            $this->isStreaming = true;
            $this->call->head($this->status, $this->pairs);
        }
        $this->call->write($this->body);
        $this->body = '';
    }

    /** The script has ended. */
    public function end(): void
    {
        if ($this->error !== '' && !$this->hasBodySinceError) {
            $this->call->fail($this->failure());
        } elseif ($this->pairs === null) {
            $this->call->fail(Failure::of('bad-result', 'BadAnswer', 'the script ended without an answer'));
        } elseif (!$this->isStreaming && strlen($this->body) <= Frame::LONGEST_PIECE) {
            $this->call->answer($this->status, $this->pairs, $this->body);
        } else {
            $this->flush();
            $this->call->end();
        }
    }

    private function readHead(string $head): void
    {
        $pairs = [];
        foreach (explode("\r\n", $head) as $line) {
            [$name, $value] = explode(':', $line, 2) + [1 => ''];
            $value = ltrim($value, " \t");
            if ($name === 'Status') {
                $this->status = (int) $value;
            } elseif (!in_array(strtolower($name), self::HOP_BY_HOP, true)) {
                array_push($pairs, $name, $value);
            }
        }
        try {
            $this->pairs = Frame::stringList($pairs);
        } catch (\LengthException $error) {
            $this->call->fail(Failure::of('user', 'HeadersTooLarge', $error->getMessage()));
            $this->pairs = '';
        }
        if ($this->status < 200 || $this->status > 599) {
            $text = "{$this->status} is no status of an answer: it must be 200 to 599";
            $this->call->fail(Failure::of('bad-result', 'BadAnswer', $text));
        }
    }

    private function limitHead(): void
    {
        if (strlen($this->head) > self::LONGEST_HEAD) {
            $this->call->fail(Failure::of('user', 'HeadersTooLarge', 'headers are more than the platform carries'));
            $this->head = '';
        }
    }

    /** @return array<string, string> */
    private function failure(): array
    {
        [$label, $text] = explode(' error:  ', preg_replace('/\nPHP [A-Z].*/s', '', rtrim($this->error)) ?? '', 2);
        return Failure::fatal($label === 'PHP Parse' ? 'code' : 'user', $text);
    }
}
