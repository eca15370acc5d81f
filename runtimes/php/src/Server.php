<?php

declare(strict_types=1);

namespace Gust\Runtime;

use Gust\Runtime\Channel\Call;

/** Has calls of one form answered by user code in other processes. */
interface Server
{
    /** @param \Closure(): void $onReady it can take `load` */
    public function prepare(\Closure $onReady): void;

    /**
     * Does what needs no code.
     *
     * @param array<string, mixed> $init INIT of PROTOCOL.md, which `load` gets as well
     */
    public function enter(array $init): void;

    /**
     * @param array<string, mixed> $init
     * @param \Closure(): void $onLoaded
     * @param \Closure(array<string, string>): void $onFailed with a failure
     */
    public function load(array $init, \Closure $onLoaded, \Closure $onFailed): void;

    public function run(Call $call): void;

    /** Reads what user code says from now on, or does not, so that it is held up. */
    public function listen(bool $isListening): void;

    /** Everything that a call printed goes before its last frame. */
    public function beforeAnswer(Call $call): void;

    /** @param \Closure(): void $onStopped */
    public function stop(\Closure $onStopped): void;

    public function kill(): void;
}
