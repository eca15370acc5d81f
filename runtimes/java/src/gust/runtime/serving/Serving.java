package gust.runtime.serving;

import gust.runtime.channel.Call;
import gust.runtime.channel.Channel;
import gust.runtime.process.CurrentCall;
import gust.runtime.process.Failure;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs calls in threads, as many as there are calls: the platform gives an instance no more at a time than its function says.
 * CANCEL interrupts the thread of the call.
 */
public final class Serving {
    private static final long IDLE_SECONDS = 60;

    private final ExecutorService threads;
    private final Answerer answerer;

    /** `loader`: of the function's classes. */
    public Serving(Channel channel, Answerer answerer, ClassLoader loader, StopOrder stop) {
        this.answerer = answerer;
        threads = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), threadsWith(loader));
        channel.onCall = call -> {
            if (!stop.refuses(call)) threads.execute(() -> run(call));
        };
    }

    private void run(Call call) {
        CurrentCall.set(call);
        call.enter();
        try {
            answerer.answer(call);
        } catch (Throwable error) {
            call.fail(Failure.of("user", error));
        } finally {
            call.leave();
            CurrentCall.set(null);
        }
    }

    private static ThreadFactory threadsWith(ClassLoader loader) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "call-" + number.incrementAndGet());
            thread.setDaemon(true);
            thread.setContextClassLoader(loader);
            return thread;
        };
    }
}
