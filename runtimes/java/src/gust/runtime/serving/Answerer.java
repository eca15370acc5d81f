package gust.runtime.serving;

import gust.runtime.channel.Call;

/** What answers calls with user code. */
public interface Answerer {
    /** In a thread of the call. What it throws fails the call; it may also go on with the call elsewhere. */
    void answer(Call call) throws Throwable;
}
