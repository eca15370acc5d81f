package gust.runtime.channel;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;

/** Calls that come while the handler is being loaded, by whichever thread reads, until whoever loads it says the end. */
final class EarlyCalls {
    private boolean isOver;
    /** Payloads by id; null: cancelled since. */
    private final Map<Integer, ByteBuffer> payloads = new HashMap<>();

    /** False: calls need not wait any more. */
    synchronized boolean keep(int id, ByteBuffer payload) {
        if (isOver) return false;
        payloads.put(id, ByteBuffer.allocate(payload.remaining()).order(payload.order()).put(payload).flip());
        return true;
    }

    /** False: it does not wait here. */
    synchronized boolean cancel(int id) {
        if (!payloads.containsKey(id)) return false;
        payloads.put(id, null);
        return true;
    }

    synchronized void end(BiConsumer<Integer, ByteBuffer> onKept, IntConsumer onCancelled) {
        isOver = true;
        payloads.forEach((id, payload) -> {
            if (payload == null) onCancelled.accept(id);
            else onKept.accept(id, payload);
        });
        payloads.clear();
    }
}
