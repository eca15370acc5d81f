package gust.runtime.channel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Cuts the stream into frames; what has arrived in part waits for the rest. */
final class FrameReader {
    /** What is done with a whole frame; the payload is good until it returns. */
    interface Sink {
        void onFrame(int type, int call, ByteBuffer payload);
    }

    private static final int START_BYTES = 65_536;

    private final Sink sink;
    private byte[] buffer = new byte[START_BYTES];
    private int filled;

    FrameReader(Sink sink) {
        this.sink = sink;
    }

    /** Waits for bytes and does what they say. False: the platform is gone. Throws when the stream breaks the protocol. */
    boolean read(Link link) {
        int count = link.read(buffer, filled);
        if (count < 0) return false;
        filled += count;
        takeFrames();
        return true;
    }

    private void takeFrames() {
        ByteBuffer bytes = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        int wanted = Frames.PREFIX_BYTES;
        while (filled - at >= Frames.PREFIX_BYTES) {
            int length = bytes.getInt(at);
            int type = bytes.get(at + 4);
            check(length, type);
            wanted = 4 + length;
            if (at + wanted > filled) break;
            ByteBuffer payload = bytes.slice(at + Frames.PREFIX_BYTES, length - 5).order(ByteOrder.LITTLE_ENDIAN);
            sink.onFrame(type, bytes.getInt(at + 5), payload);
            at += wanted;
        }
        byte[] next = wanted <= buffer.length ? buffer : new byte[wanted + START_BYTES];
        System.arraycopy(buffer, at, next, 0, filled - at);
        buffer = next;
        filled -= at;
    }

    private static void check(int length, int type) {
        if (length < 5 || length > Frames.LONGEST_FRAME) throw new IllegalStateException("a frame of " + length + " bytes");
        if (type == Frames.DATA && length - 5 > Frames.LONGEST_PIECE) {
            throw new IllegalStateException("a DATA frame of " + length + " bytes");
        }
    }
}
