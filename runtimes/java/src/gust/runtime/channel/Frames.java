package gust.runtime.channel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Frames of PROTOCOL.md: their numbers, and how they are put together. Nothing here knows descriptors or calls. */
public final class Frames {
    public static final int READY = 1;
    public static final int INIT = 2;
    public static final int INITIALIZED = 3;
    public static final int INIT_FAILED = 4;
    public static final int CALL = 5;
    public static final int HEAD = 6;
    public static final int DATA = 7;
    public static final int END = 8;
    public static final int ERROR = 9;
    public static final int CANCEL = 10;
    public static final int WINDOW = 11;
    public static final int LOG = 12;
    public static final int PING = 13;
    public static final int PONG = 14;
    public static final int STOP = 15;
    public static final int PREPARE = 16;

    /** Bytes of length, type and call id in front of every payload. */
    public static final int PREFIX_BYTES = 9;
    public static final int LONGEST_FRAME = 1_048_576;
    /** Longest DATA payload, body inside a head, and log line. */
    public static final int LONGEST_PIECE = 65_536;
    /** Body bytes of a call and direction that may be under way without leave. */
    public static final int START_CREDIT = 262_144;
    private static final int LONGEST_STRING = 65_535;

    private Frames() {}

    public static byte[] frame(int type, int call) {
        return begin(type, call, 0).array();
    }

    public static byte[] frame(int type, int call, byte[] payload) {
        return frame(type, call, payload, 0, payload.length);
    }

    public static byte[] frame(int type, int call, byte[] payload, int start, int length) {
        return begin(type, call, length).put(payload, start, length).array();
    }

    public static byte[] numberFrame(int type, int call, int value) {
        return begin(type, call, 4).putInt(value).array();
    }

    /** HEAD with the whole body, or (null) with a body that follows. `pairs`: headers as a string list. */
    public static byte[] headFrame(int call, int status, byte[] pairs, byte[] body) {
        ByteBuffer frame = begin(HEAD, call, 3 + pairs.length + (body == null ? 0 : body.length));
        frame.put((byte) (body == null ? 0 : 1)).putShort((short) status).put(pairs);
        return (body == null ? frame : frame.put(body)).array();
    }

    /** One line of output; `length` is at most LONGEST_PIECE. */
    public static byte[] logFrame(int call, int stream, long millis, byte[] line, int length) {
        return begin(LOG, call, 9 + length).put((byte) stream).putDouble(millis).put(line, 0, length).array();
    }

    /** Throws when the list cannot be said. */
    public static byte[] stringList(List<String> strings) throws FrameLimitException {
        int total = 2 + 2 * strings.size();
        for (String text : strings) {
            if (text.length() > LONGEST_STRING) {
                throw new FrameLimitException("a header of " + text.length() + " bytes is longer than " + LONGEST_STRING);
            }
            total += text.length();
        }
        if (strings.size() > LONGEST_STRING || total > LONGEST_FRAME - 2 * LONGEST_PIECE) {
            throw new FrameLimitException("headers of " + total + " bytes are more than the platform carries");
        }
        ByteBuffer list = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN).putShort((short) strings.size());
        for (String text : strings) list.putShort((short) text.length());
        for (String text : strings) list.put(text.getBytes(StandardCharsets.ISO_8859_1));
        return list.array();
    }

    /** Reads a string list at the buffer's position, and leaves the position behind it. */
    public static List<String> readStrings(ByteBuffer from) {
        int[] lengths = new int[Short.toUnsignedInt(from.getShort())];
        for (int i = 0; i < lengths.length; i++) lengths[i] = Short.toUnsignedInt(from.getShort());
        List<String> strings = new ArrayList<>(lengths.length);
        for (int length : lengths) {
            byte[] text = new byte[length];
            from.get(text);
            strings.add(new String(text, StandardCharsets.ISO_8859_1));
        }
        return strings;
    }

    private static ByteBuffer begin(int type, int call, int payloadBytes) {
        ByteBuffer frame = ByteBuffer.allocate(PREFIX_BYTES + payloadBytes).order(ByteOrder.LITTLE_ENDIAN);
        return frame.putInt(payloadBytes + 5).put((byte) type).putInt(call);
    }
}
