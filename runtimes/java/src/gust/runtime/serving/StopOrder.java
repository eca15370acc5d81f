package gust.runtime.serving;

import gust.runtime.channel.Call;
import gust.runtime.channel.Channel;
import gust.runtime.process.Endings;
import gust.runtime.process.Failure;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * STOP: calls under way are finished, none is taken any more, user code is told (its shutdown hooks run), the process ends;
 * all within the grace.
 *
 * serving → (STOP) stopping → (no call is left) ending, once
 */
public final class StopOrder {
    private final Channel channel;
    private final Endings endings;
    private final AtomicBoolean isEnding = new AtomicBoolean();
    private volatile boolean isGiven;

    public StopOrder(Channel channel, Endings endings) {
        this.channel = channel;
        this.endings = endings;
        channel.onStop = this::give;
        channel.onOver = this::look;
    }

    /** Whether a call comes too late, and has been told so. */
    boolean refuses(Call call) {
        if (isGiven) call.fail(Failure.of("exit", "Stopping", "the sandbox is stopping and takes no more calls"));
        return isGiven;
    }

    private void give(int graceMillis) {
        if (isGiven) return;
        isGiven = true;
        start(() -> {
            sleep(graceMillis);
            endings.stopAtOnce();
        });
        look();
    }

    private void look() {
        if (isGiven && channel.isQuiet() && isEnding.compareAndSet(false, true)) start(endings::stop);
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "gust-stop");
        thread.setDaemon(true);
        thread.start();
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException interrupted) {
            // the end comes earlier
        }
    }
}
