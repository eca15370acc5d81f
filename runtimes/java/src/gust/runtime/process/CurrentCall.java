package gust.runtime.process;

import gust.runtime.channel.Call;
import gust.runtime.channel.Channel;

/** For which call a thread works: threads that a call starts work for it, too. */
public final class CurrentCall {
    private static final InheritableThreadLocal<Call> OF_THREAD = new InheritableThreadLocal<>();

    private CurrentCall() {}

    /** From now on this thread works for the call; null: for none. */
    public static void set(Call call) {
        if (call == null) OF_THREAD.remove();
        else OF_THREAD.set(call);
    }

    /**
     * The call of this thread; null when it has none. A thread that outlives the call which started it, as those of thread
     * pools do, works for the call under way when there is only one.
     */
    static Call here(Channel channel) {
        Call call = OF_THREAD.get();
        return call == null || call.isOver() ? channel.onlyCall() : call;
    }
}
