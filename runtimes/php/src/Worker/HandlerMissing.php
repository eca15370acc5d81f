<?php

declare(strict_types=1);

namespace Gust\Runtime\Worker;

/** The handler cannot be had; the message says what there is instead. */
final class HandlerMissing extends \Exception
{
}
