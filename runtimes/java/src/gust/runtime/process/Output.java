package gust.runtime.process;

import gust.runtime.channel.Call;
import gust.runtime.channel.Channel;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Log lines in the place of the process's output. */
public final class Output {
    private final CallOutput[] streams;

    public Output(Channel channel) {
        streams = new CallOutput[] {new CallOutput(channel, 1), new CallOutput(channel, 2)};
        channel.beforeAnswer = this::flushCall;
    }

    public void redirect() {
        System.setOut(new PrintStream(streams[0], false, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(streams[1], false, StandardCharsets.UTF_8));
        System.setIn(InputStream.nullInputStream());
    }

    /** Lines begun by a call, or (null) outside any. */
    public void flushCall(Call call) {
        for (CallOutput stream : streams) stream.flushPartial(call);
    }
}
