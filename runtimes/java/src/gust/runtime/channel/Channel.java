package gust.runtime.channel;

import gust.runtime.json.JsonException;
import gust.runtime.json.JsonReader;
import gust.runtime.json.JsonWriter;
import gust.runtime.process.Failure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * The runtime's end of the channel.
 *
 * started → READY → (INIT) → INITIALIZED | INIT_FAILED; CALLs any time after INITIALIZED. One that
 * comes before, behind INIT, waits for it.
 * Frames are read by one thread.
 */
public final class Channel {
    /** The reason of CANCEL from which on nobody waits for the call any more. */
    static final int DEADLINE = 2;
    private static final Failure CANCELLED = Failure.of("user", "Canceled", "the call was cancelled before it began");
    /** Threads that code may hold after the time of its call; beyond them the runtime is not well, and does not say it is. */
    private static final int MOST_HELD = 28;

    public final Link link;
    /** What a runtime does with what the platform says. */
    public Consumer<Map<?, ?>> onPrepare = message -> {};
    /** Without a message (null) after PREPARE, which had it. */
    public Consumer<Map<?, ?>> onInit = message -> {};
    public Consumer<Call> onCall = call -> {};
    public IntConsumer onStop = graceMillis -> {};
    /** Called before the last of a call's own frames: lines begun by it go out first. */
    public Consumer<Call> beforeAnswer = call -> {};
    /** Called when a call is over. */
    public Runnable onOver = () -> {};
    /** What came before INITIALIZED; also the lock of those who turn from it to what comes after. */
    private final EarlyCalls early = new EarlyCalls();
    private final Map<Integer, Call> calls = new ConcurrentHashMap<>();
    private final Map<Call, Boolean> held = new ConcurrentHashMap<>();
    private final FrameReader reader = new FrameReader(this::dispatch);

    public Channel(Link link) {
        this.link = link;
    }

    /** Waits for bytes and does what they say. False: the platform is gone. */
    public boolean read() {
        return reader.read(link);
    }

    public void sendJson(int type, int call, Map<String, ?> message) {
        link.send(Frames.frame(type, call, JsonWriter.toBytes(message)));
    }

    /** The handler is loaded: says so, and then begins the call that came meanwhile. */
    public void initialized(Map<String, ?> message) {
        synchronized (early) {
            sendJson(Frames.INITIALIZED, 0, message);
            early.end(this::start, id -> sendJson(Frames.ERROR, id, CANCELLED.toJson()));
        }
    }

    /** The whole runtime failed and is about to exit. */
    public void fail(Failure failure) {
        sendJson(Frames.ERROR, 0, failure.toJson());
    }

    /** Calls under way. */
    public List<Call> calls() {
        return List.copyOf(calls.values());
    }

    public boolean isQuiet() {
        return calls.isEmpty();
    }

    /** The one call under way; null when there is none, or several. */
    public Call onlyCall() {
        List<Call> all = calls.size() == 1 ? calls() : List.of();
        return all.size() == 1 ? all.get(0) : null;
    }

    /** Called by a call that is over. */
    void forget(Call call) {
        calls.remove(call.id, call);
        if (call.isHeld()) held.put(call, true);
        onOver.run();
    }

    private void dispatch(int type, int id, ByteBuffer payload) {
        switch (type) {
            case Frames.CALL -> {
                if (!early.keep(id, payload)) start(id, payload);
            }
            case Frames.PING -> pong(payload.getInt());
            case Frames.INIT -> onInit.accept(payload.hasRemaining() ? parsed(payload) : null);
            case Frames.PREPARE -> onPrepare.accept(parsed(payload));
            case Frames.STOP -> onStop.accept(payload.getInt());
            case Frames.CANCEL -> {
                if (!early.cancel(id)) tell(calls.get(id), type, payload);
            }
            case Frames.DATA, Frames.END, Frames.WINDOW -> tell(calls.get(id), type, payload);
            default -> throw new IllegalStateException("a frame of type " + type);
        }
    }

    private static void tell(Call call, int type, ByteBuffer payload) {
        if (call == null) return; // over, or never known
        switch (type) {
            case Frames.DATA -> call.body.push(rest(payload));
            case Frames.END -> call.body.end();
            case Frames.WINDOW -> call.grant(payload.getInt());
            default -> call.cancel(payload.get());
        }
    }

    private void start(int id, ByteBuffer payload) {
        boolean isWhole = (payload.get() & 1) != 0;
        boolean isEvent = payload.get() == 0;
        long deadlineMillis = Integer.toUnsignedLong(payload.getInt());
        List<String> strings = Frames.readStrings(payload);
        Call call = new Call(this, id, isEvent, deadlineMillis, strings, isWhole ? rest(payload) : null);
        calls.put(id, call);
        onCall.accept(call);
    }

    private void pong(int number) {
        held.keySet().removeIf(call -> !call.isHeld());
        long stuck = held.size() + calls.values().stream().filter(Call::isHeld).count();
        if (stuck <= MOST_HELD) link.send(Frames.numberFrame(Frames.PONG, 0, number));
    }

    private static Map<?, ?> parsed(ByteBuffer payload) {
        try {
            return (Map<?, ?>) JsonReader.read(new String(rest(payload), StandardCharsets.UTF_8));
        } catch (JsonException error) {
            throw new IllegalStateException("INIT is not JSON: " + error.getMessage(), error);
        }
    }

    private static byte[] rest(ByteBuffer payload) {
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        return bytes;
    }
}
