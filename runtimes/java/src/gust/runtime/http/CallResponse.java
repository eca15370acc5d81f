package gust.runtime.http;

import gust.runtime.channel.Call;
import gust.runtime.channel.Frames;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * The body of an answer, and when what of it is sent: an answer of known length that is short leaves in one frame; others
 * begin at once, and flow as they are flushed or fill the buffer.
 *
 * unbegun → (begin) begun → headSent → (close) ended; begun → (close, all of it is there) ended
 */
final class CallResponse extends OutputStream {
    private static final int UNKNOWN = -1;
    private static final int BUFFER_BYTES = 16_384;

    private final Call call;
    private final boolean isHead;
    private int status;
    private byte[] pairs;
    /** Bytes of the body that still have to come; UNKNOWN when nobody said. */
    private long missing = UNKNOWN;
    private boolean isHeadSent;
    private boolean isEnded;
    private byte[] buffer = new byte[BUFFER_BYTES];
    private int buffered;

    CallResponse(Call call, boolean isHead) {
        this.call = call;
        this.isHead = isHead;
    }

    /** `length` as of HttpExchange.sendResponseHeaders. */
    synchronized void begin(int code, byte[] headers, long length) {
        status = code;
        pairs = headers;
        boolean hasBody = length >= 0 && !isHead && code != 204 && code != 304;
        if (!hasBody) {
            isEnded = true;
            call.answer(status, pairs, new byte[0]);
            return;
        }
        if (length == 0) {
            sendHead();
            return;
        }
        missing = length;
        if (length <= Frames.LONGEST_PIECE) buffer = new byte[(int) length];
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int start, int length) throws IOException {
        if (pairs == null) throw new IOException("response headers not sent yet");
        if (isEnded && isBodiless()) return; // what is written to an answer without a body is dropped
        if (isEnded) throw new IOException("stream closed");
        if (missing != UNKNOWN && length > missing) throw new IOException("too many bytes to write to stream");
        if (missing != UNKNOWN) missing -= length;
        if (buffered + length > buffer.length) {
            flush();
            if (length > buffer.length) {
                call.write(bytes, start, length);
                return;
            }
        }
        System.arraycopy(bytes, start, buffer, buffered, length);
        buffered += length;
    }

    @Override
    public synchronized void flush() throws IOException {
        if (isEnded || pairs == null) return;
        sendHead();
        int size = buffered;
        buffered = 0;
        if (size > 0) call.write(buffer, 0, size);
    }

    @Override
    public synchronized void close() throws IOException {
        if (isEnded || pairs == null) return;
        isEnded = true;
        if (missing > 0) throw new IOException("insufficient bytes written: " + missing + " more were announced");
        byte[] last = Arrays.copyOf(buffer, buffered);
        if (isHeadSent) call.end(last);
        else call.answer(status, pairs, last);
    }

    /** Ends the answer when all that was announced is written. */
    synchronized void endIfWhole() throws IOException {
        if (missing == 0) close();
    }

    private boolean isBodiless() {
        return isHead || status == 204 || status == 304;
    }

    private void sendHead() {
        if (isHeadSent) return;
        isHeadSent = true;
        call.head(status, pairs);
    }
}
