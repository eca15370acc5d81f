package gust.runtime.channel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The body of a call on its way in: what has arrived waits here until it is read, and reading gives the platform leave to
 * send more. The call is the lock.
 */
public final class RequestBody extends InputStream {
    /** Credit is given back in steps of so many bytes taken. */
    private static final int WINDOW_STEP = 65_536;

    private final Call call;
    private final Deque<byte[]> chunks = new ArrayDeque<>();
    /** How much of the first chunk is read already. */
    private int readOfFirst;
    private boolean isComplete;
    private int ungranted;

    /** `whole`: the body, when all of it came with the call. */
    RequestBody(Call call, byte[] whole) {
        this.call = call;
        isComplete = whole != null;
        if (whole != null && whole.length > 0) chunks.add(whole);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int start, int length) throws IOException {
        if (length == 0) return 0;
        synchronized (call) {
            call.waitUntil(() -> isComplete || !chunks.isEmpty());
            byte[] first = chunks.peek();
            if (first == null) return -1;
            int count = Math.min(length, first.length - readOfFirst);
            System.arraycopy(first, readOfFirst, into, start, count);
            readOfFirst += count;
            if (readOfFirst == first.length) dropFirst(first.length);
            return count;
        }
    }

    @Override
    public int available() {
        synchronized (call) {
            return chunks.isEmpty() ? 0 : chunks.peek().length - readOfFirst;
        }
    }

    /** The whole body. */
    @Override
    public byte[] readAllBytes() throws IOException {
        synchronized (call) {
            if (isComplete && chunks.size() == 1 && readOfFirst == 0) return chunks.remove();
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        transferTo(all);
        return all.toByteArray();
    }

    void push(byte[] chunk) {
        synchronized (call) {
            if (chunk.length > 0) chunks.add(chunk);
            call.notifyAll();
        }
    }

    void end() {
        synchronized (call) {
            isComplete = true;
            call.notifyAll();
        }
    }

    private void dropFirst(int bytes) {
        chunks.remove();
        readOfFirst = 0;
        if (isComplete) return;
        ungranted += bytes;
        if (ungranted < WINDOW_STEP) return;
        call.channel.link.send(Frames.numberFrame(Frames.WINDOW, call.id, ungranted));
        ungranted = 0;
    }
}
