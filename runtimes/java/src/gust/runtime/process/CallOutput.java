package gust.runtime.process;

import gust.runtime.channel.Call;
import gust.runtime.channel.Channel;
import gust.runtime.channel.PartialLine;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;

/**
 * What is below System.out or System.err of user code: every line becomes a log line of the call that printed it, at once.
 * Never closes, as the real ones do not.
 */
final class CallOutput extends OutputStream {
    /** Log frames that leave in one write. */
    private static final int BATCH_BYTES = 262_144;

    private final Channel channel;
    /** 1: stdout, 2: stderr. */
    private final int stream;
    /** A line begun outside any call. */
    private final PartialLine loose = new PartialLine();

    CallOutput(Channel channel, int stream) {
        this.channel = channel;
        this.stream = stream;
    }

    @Override
    public void write(int one) {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int start, int length) {
        Call call = CurrentCall.here(channel);
        PartialLine line = lineOf(call);
        int from = start;
        int end = start + length;
        ByteArrayOutputStream batch = null;
        for (int at = start; at < end; at++) {
            if (bytes[at] != '\n') continue;
            line.add(bytes, from, at - from);
            if (batch == null) batch = new ByteArrayOutputStream();
            batch.writeBytes(line.takeFrame(idOf(call), stream, System.currentTimeMillis()));
            if (batch.size() > BATCH_BYTES) send(batch);
            from = at + 1;
        }
        line.add(bytes, from, end - from);
        if (batch != null) send(batch);
    }

    /** Whole lines are sent already, and a line is sent when it is whole or its call is over. */
    @Override
    public void flush() {}

    @Override
    public void close() {}

    /** The line begun by a call that is about to be over, or (null) outside any. */
    synchronized void flushPartial(Call call) {
        PartialLine line = lineOf(call);
        if (!line.isEmpty()) channel.link.send(line.takeFrame(idOf(call), stream, System.currentTimeMillis()));
    }

    private void send(ByteArrayOutputStream batch) {
        channel.link.send(batch.toByteArray());
        batch.reset();
    }

    private PartialLine lineOf(Call call) {
        return call == null ? loose : call.partialLines[stream - 1];
    }

    private static int idOf(Call call) {
        return call == null ? 0 : call.id;
    }
}
