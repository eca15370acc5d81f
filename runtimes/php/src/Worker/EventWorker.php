<?php

declare(strict_types=1);

namespace Gust\Runtime\Worker;

use Gust\Runtime\Channel\Frame;
use Gust\Runtime\Process\Failure;

/**
 * One event function in a process of its own. Static, because user code is loaded between its steps, and in the global scope.
 *
 * start: READY, (PREPARE, INIT) → file → loaded: INITIALIZED → serve: (CALL) running → idle …; → the connection's end: ended
 */
final class EventWorker
{
    private static Connection $connection;
    /** @var array<string, mixed> */
    private static array $init;
    private static string $function = '';
    /** What a fatal error is called that ends the process now. */
    private static string $fatalKind = 'code';

    public static function start(int $fd): void
    {
        self::$connection = new Connection($fd);
        self::$connection->send(Frame::READY);
        // Loaded ahead, off the path of the first call.
        class_exists(Environment::class);
        class_exists(Handler::class);
        class_exists(EventCall::class);
        class_exists(Trace::class);
        [, $payload] = self::$connection->receive() ?? exit(0); // PREPARE
        self::$init = json_decode($payload, true, 512, JSON_THROW_ON_ERROR);
        Environment::enter(self::$init);
        self::$connection->receive() ?? exit(0); // INIT: the code is there
        chdir(self::$init['codeRoot']);
        register_shutdown_function(self::shutDown(...));
    }

    /** The file with the handler; does not return when there is none. */
    public static function file(): string
    {
        try {
            [$file, self::$function] = Handler::split(self::$init['handler']);
            return Handler::find(self::$init['codeRoot'], self::$init['handler'], $file);
        } catch (HandlerMissing $error) {
            self::refuse(Failure::of('handler-missing', 'HandlerNotFound', $error->getMessage()));
        }
    }

    /** The handler's file is loaded. */
    public static function loaded(): void
    {
        try {
            Handler::check(self::$init['handler'], self::$function);
        } catch (HandlerMissing $error) {
            self::refuse(Failure::of('handler-missing', 'HandlerNotFound', $error->getMessage()));
        }
        self::endOutput();
        self::$connection->send(Frame::INITIALIZED);
        self::$fatalKind = 'user';
    }

    public static function failLoading(\Throwable $error): never
    {
        self::refuse(Trace::failure('code', $error));
    }

    public static function serve(): void
    {
        unset($GLOBALS['e']);
        while (($frame = self::$connection->receive()) !== null) {
            if ($frame[0] === Frame::CALL) {
                $answer = (new EventCall(self::$init, self::$function, $frame[1]))->run();
                self::endOutput();
                self::$connection->send(...$answer);
            }
        }
        self::$fatalKind = '';
    }

    /** @param array<string, string> $failure */
    private static function refuse(array $failure): never
    {
        self::endOutput();
        self::$connection->sendJson(Frame::INIT_FAILED, $failure);
        self::$connection->receive();
        self::$fatalKind = '';
        exit(0);
    }

    /** Buffers that user code began are its own to end; what is in them was printed. */
    private static function endOutput(): void
    {
        while (ob_get_level() > 0 && ob_end_flush()) {
            continue;
        }
    }

    /** Registered before user code's: the platform hears why, whatever they do. */
    private static function shutDown(): void
    {
        $error = error_get_last();
        $fatal = E_ERROR | E_CORE_ERROR | E_COMPILE_ERROR | E_PARSE | E_RECOVERABLE_ERROR | E_USER_ERROR;
        if (self::$fatalKind === '' || $error === null || ($error['type'] & $fatal) === 0) {
            return;
        }
        ini_set('memory_limit', '-1');
        $place = Trace::place($error['file'], $error['line']);
        self::$connection->sendJson(Frame::STOP, Failure::fatal(self::$fatalKind, $error['message'] . $place));
    }
}
