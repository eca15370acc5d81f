package gust.runtime.channel;

/** A line of output that is begun and not ended. What is longer than a log line may be is dropped. */
public final class PartialLine {
    private byte[] bytes = new byte[256];
    private int length;

    /** Adds to the line. */
    public void add(byte[] from, int start, int count) {
        int kept = Math.min(count, Frames.LONGEST_PIECE + 1 - length);
        if (length + kept > bytes.length) {
            byte[] larger = new byte[Math.min(Frames.LONGEST_PIECE + 1, Math.max(bytes.length * 2, length + kept))];
            System.arraycopy(bytes, 0, larger, 0, length);
            bytes = larger;
        }
        System.arraycopy(from, start, bytes, length, kept);
        length += kept;
    }

    public boolean isEmpty() {
        return length == 0;
    }

    /** The line as a log frame; the next one begins. */
    public byte[] takeFrame(int call, int stream, long millis) {
        int end = length > 0 && bytes[length - 1] == '\r' ? length - 1 : length;
        if (end > Frames.LONGEST_PIECE) end = wholeCharacters(Frames.LONGEST_PIECE);
        length = 0;
        return Frames.logFrame(call, stream, millis, bytes, end);
    }

    /** At most `end` bytes, and no part of a character. */
    private int wholeCharacters(int end) {
        int cut = end;
        while (cut > end - 4 && (bytes[cut] & 0xc0) == 0x80) cut--;
        return cut;
    }
}
