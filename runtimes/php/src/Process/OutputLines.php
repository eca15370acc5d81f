<?php

declare(strict_types=1);

namespace Gust\Runtime\Process;

use Gust\Runtime\Channel\Frame;

/** Cuts what a process prints into lines; the rest of a line that is too long is dropped. */
final class OutputLines
{
    private string $begun = '';

    /** @param \Closure(string): void $onLine UTF-8, without its end */
    public function __construct(private readonly \Closure $onLine)
    {
    }

    public function push(string $bytes): void
    {
        $pieces = explode("\n", $bytes);
        $last = array_pop($pieces);
        foreach ($pieces as $piece) {
            $this->begin($piece);
            $this->endLine();
        }
        $this->begin($last);
    }

    /** What was begun is a line, too. */
    public function flush(): void
    {
        if ($this->begun !== '') {
            $this->endLine();
        }
    }

    private function begin(string $piece): void
    {
        $room = Frame::LONGEST_PIECE + 4 - strlen($this->begun);
        $this->begun .= substr($piece, 0, $room);
    }

    private function endLine(): void
    {
        $line = $this->begun;
        $this->begun = '';
        ($this->onLine)(self::text(str_ends_with($line, "\r") ? substr($line, 0, -1) : $line));
    }

    /** Text as the channel carries it: at most one piece, cut between two characters, what is no UTF-8 replaced. */
    private static function text(string $line): string
    {
        if (strlen($line) > Frame::LONGEST_PIECE) {
            $line = substr($line, 0, Frame::LONGEST_PIECE);
            $line = preg_replace('/[\xC0-\xFF][\x80-\xBF]{0,2}$/D', '', $line) ?? $line;
        }
        if (preg_match('//u', $line) === 1) {
            return $line;
        }
        // The one function of PHP without extensions that replaces what is no UTF-8.
        $clean = htmlspecialchars_decode(htmlspecialchars($line, ENT_NOQUOTES | ENT_SUBSTITUTE), ENT_NOQUOTES);
        return substr($clean, 0, Frame::LONGEST_PIECE);
    }
}
