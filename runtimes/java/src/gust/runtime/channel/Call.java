package gust.runtime.channel;

import gust.runtime.process.Failure;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * One call: what came with it, and the answer's way out.
 *
 * open → (end, answer, fail) over. After that every method does nothing.
 * Its methods may be called from any thread; frames of one body from one thread at a time.
 */
public final class Call {
    private static final List<String> REASONS =
            List.of("it is over", "the caller is gone", "the time limit was reached", "the sandbox is stopping");

    public final int id;
    public final boolean isEvent;
    /** As PROTOCOL.md has them: request id; then variables of an event; method, target and headers of http. */
    public final List<String> strings;
    public final RequestBody body;
    /** Lines begun by user code: stdout, stderr. */
    public final PartialLine[] partialLines = {new PartialLine(), new PartialLine()};
    final Channel channel;
    /** In nanoseconds of System.nanoTime(). */
    private final long deadline;
    private final boolean hasDeadline;
    private int credit = Frames.START_CREDIT;
    private int cancelReason;
    private boolean isOver;
    /** Who runs user code for it. */
    private Thread thread;

    /** `deadlineMillis`: from now, 0 for none. */
    Call(Channel channel, int id, boolean isEvent, long deadlineMillis, List<String> strings, byte[] whole) {
        this.channel = channel;
        this.id = id;
        this.isEvent = isEvent;
        this.strings = strings;
        hasDeadline = deadlineMillis != 0;
        deadline = System.nanoTime() + deadlineMillis * 1_000_000;
        body = new RequestBody(this, whole);
    }

    public String requestId() {
        return strings.isEmpty() ? "" : strings.get(0);
    }

    /** Milliseconds until the call is ended; 0 when it is late. */
    public long remainingMillis() {
        return hasDeadline ? Math.max(0, (deadline - System.nanoTime()) / 1_000_000) : Long.MAX_VALUE;
    }

    public synchronized boolean isOver() {
        return isOver;
    }

    /** Whether its caller has gone, or its time is up. */
    public synchronized boolean isCancelled() {
        return cancelReason != 0;
    }

    /** The answer's head; its body follows. `pairs`: headers as a string list. */
    public void head(int status, byte[] pairs) {
        if (!isOver()) channel.link.send(Frames.headFrame(id, status, pairs, null));
    }

    /** The whole answer; its body is at most LONGEST_PIECE. */
    public void answer(int status, byte[] pairs, byte[] whole) {
        if (finish()) channel.link.send(Frames.headFrame(id, status, pairs, whole));
    }

    /** Body of the answer; returns when it is sent. Throws when the call is cancelled while it waits for leave. */
    public void write(byte[] data, int start, int length) throws CallCancelled {
        int end = start + length;
        for (int at = start; at < end; ) {
            int size = takeCredit(end - at);
            channel.link.send(Frames.frame(Frames.DATA, id, data, at, size));
            at += size;
        }
    }

    /** The answer is complete. */
    public void end() {
        if (finish()) channel.link.send(Frames.frame(Frames.END, id));
    }

    /** The last of the body and the end, in one write when there is leave for it. */
    public void end(byte[] last) throws CallCancelled {
        if (last.length > Frames.LONGEST_PIECE) {
            write(last, 0, last.length);
            end();
            return;
        }
        int size = last.length == 0 ? 0 : takeCredit(last.length);
        if (size < last.length) {
            channel.link.send(Frames.frame(Frames.DATA, id, last, 0, size));
            write(last, size, last.length - size);
            end();
            return;
        }
        if (finish()) channel.link.send(joined(Frames.frame(Frames.DATA, id, last), Frames.frame(Frames.END, id)));
    }

    /** The call failed, whatever was said of its answer so far. */
    public void fail(Failure failure) {
        if (finish()) channel.sendJson(Frames.ERROR, id, failure.toJson());
    }

    /** This thread runs user code for the call from now on: what cancels the call interrupts it. */
    public synchronized void enter() {
        thread = Thread.currentThread();
        if (cancelReason != 0) thread.interrupt();
    }

    /** No interrupt of this call reaches the thread any more, and none is left in it. */
    public synchronized void leave() {
        thread = null;
        Thread.interrupted();
    }

    synchronized void grant(int bytes) {
        credit += bytes;
        notifyAll();
    }

    /** The deadline may still come after the caller has gone. */
    synchronized void cancel(int reason) {
        cancelReason = Math.max(cancelReason, reason);
        notifyAll();
        if (thread != null) thread.interrupt();
    }

    /** Whether a thread still runs user code for it after its time. */
    synchronized boolean isHeld() {
        return thread != null && cancelReason >= Channel.DEADLINE;
    }

    /** Holds the thread, which owns the lock of the call. Throws when the call is over or cancelled first. */
    void waitUntil(BooleanSupplier isSo) throws CallCancelled {
        try {
            while (!isSo.getAsBoolean()) {
                if (isOver || cancelReason != 0) throw cancelled();
                wait();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw cancelReason == 0 ? new CallCancelled("its thread was interrupted") : cancelled();
        }
    }

    private synchronized int takeCredit(int wanted) throws CallCancelled {
        waitUntil(() -> credit > 0);
        if (isOver) throw cancelled();
        int size = Math.min(Math.min(wanted, credit), Frames.LONGEST_PIECE);
        credit -= size;
        return size;
    }

    private CallCancelled cancelled() {
        return new CallCancelled(REASONS.get(Math.min(cancelReason, REASONS.size() - 1)));
    }

    /** Whether the call was open until now; lines begun by it go out before its last frame. */
    private boolean finish() {
        if (isOver()) return false;
        channel.beforeAnswer.accept(this);
        synchronized (this) {
            if (isOver) return false;
            isOver = true;
            notifyAll();
        }
        channel.forget(this);
        return true;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
