package gust.runtime.process;

import gust.runtime.channel.Call;
import gust.runtime.channel.Channel;
import gust.runtime.channel.Frames;
import java.lang.reflect.Method;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What becomes of calls when user code ends the process.
 *
 * - System.exit and Runtime.exit: every running call fails (`exit`), and the platform hears why, after the function's own
 *   shutdown hooks have run.
 * - exceptions in threads: Java prints them, and the process goes on.
 * - Runtime.halt, and a signal that kills: nothing can be said, and the platform concludes it from the end of the channel.
 *
 * running → (exit) ending: hooks of the function run, the channel has heard of it → (last words) ended.
 */
public final class Endings {
    /** For the platform to read the last words. */
    private static final long LAST_WORDS_MILLIS = 500;
    /** Places of hooks that run one after another, in the thread that ends the process; ours is after those of programs. */
    private static final int HOOK_PLACE = 5;

    private final Channel channel;
    private final Output output;
    private final CountDownLatch platformGone = new CountDownLatch(1);
    /** The handler is being loaded: the platform waits for INITIALIZED or INIT_FAILED. */
    private volatile boolean isLoading;
    /** The end is ours: nothing is to be told of it. */
    private volatile boolean isQuiet;
    private volatile boolean isEnding;

    public Endings(Channel channel, Output output) {
        this.channel = channel;
        this.output = output;
    }

    public void watch() throws ReflectiveOperationException {
        Runtime.getRuntime().addShutdownHook(new Thread(this::announce, "gust-exit"));
        Class<?> shutdown = Class.forName("java.lang.Shutdown");
        Method add = shutdown.getDeclaredMethod("add", int.class, boolean.class, Runnable.class);
        add.setAccessible(true);
        add.invoke(null, HOOK_PLACE, true, (Runnable) this::sayLastWords);
    }

    public void setLoading(boolean isSo) {
        isLoading = isSo;
    }

    /** Ends the process as the platform asked for, after the function's shutdown hooks. Never returns. */
    public void stop() {
        isQuiet = true;
        System.exit(0);
    }

    /** Ends the process now, whatever runs: the time that it had to stop is over. */
    public void stopAtOnce() {
        failCalls(exited(0));
        leave();
        Runtime.getRuntime().halt(0);
    }

    /** The platform is gone: nobody wants anything of this process or of what it started. Or it has heard the end. */
    public void endWithPlatform() {
        platformGone.countDown();
        if (isEnding) return; // whoever ends the process waited for this
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        Runtime.getRuntime().halt(1);
    }

    /** First, so that the platform gives this process no further call while hooks run. */
    private void announce() {
        isEnding = true;
        if (!isQuiet) channel.fail(Failure.of("exit", "ProcessExited", "process is being ended by user code"));
    }

    private void sayLastWords() {
        isEnding = true;
        Failure failure = exited(isQuiet ? 0 : ExitCode.find());
        if (!isQuiet) channel.fail(failure);
        if (!isQuiet && isLoading) channel.sendJson(Frames.INIT_FAILED, 0, failure.toJson());
        failCalls(failure);
        leave();
    }

    private void failCalls(Failure failure) {
        for (Call call : channel.calls()) call.fail(failure);
    }

    private void leave() {
        isEnding = true;
        output.flushCall(null);
        channel.link.finish();
        try {
            platformGone.await(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            // the end is not held up
        }
    }

    private static Failure exited(Integer code) {
        String message = code == null ? "process was ended by user code" : "process exited with code " + code;
        return Failure.of("exit", "ProcessExited", message);
    }
}
