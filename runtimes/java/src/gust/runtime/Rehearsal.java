package gust.runtime;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import gust.runtime.channel.Channel;
import gust.runtime.channel.Frames;
import gust.runtime.channel.Link;
import gust.runtime.event.EventAnswerer;
import gust.runtime.handler.ClassPath;
import gust.runtime.handler.CodeClassLoader;
import gust.runtime.handler.HandlerClass;
import gust.runtime.handler.HandlerName;
import gust.runtime.http.HttpAnswerer;
import gust.runtime.process.Endings;
import gust.runtime.process.Environment;
import gust.runtime.process.LoadingFailed;
import gust.runtime.process.Output;
import gust.runtime.serving.Answerer;
import gust.runtime.serving.Serving;
import gust.runtime.serving.StopOrder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Answers a few calls of nobody, so that what the first real call needs is loaded: in a sandbox of the pool, which has the
 * time, and when the archive of loaded classes is made, which then has all of them.
 */
final class Rehearsal {
    private static final long LONGEST_SECONDS = 10;
    private static final Map<String, ?> INIT = Map.of(
            "function", Map.of("memoryMb", 128, "timeoutMs", 3_000, "name", "rehearsal"), "maxResultBytes", 1_000);

    private Rehearsal() {}

    static void run() {
        try {
            Environment environment = new Environment(Map.of());
            missClass();
            for (String method : List.of("greet", "fail")) {
                HandlerName name = new HandlerName("", Guest.class.getName(), method);
                answer(new EventAnswerer(Guest.class, name, INIT, environment), call(0, List.of("id"), "{\"name\":\"you\",\"n\":[1]}"));
            }
            HandlerName name = new HandlerName("", Guest.class.getName(), "");
            answer(new HttpAnswerer(Guest.class, name), call(1, List.of("id", "GET", "/?a=b", "host", "localhost"), "body"));
        } catch (Exception error) {
            throw new IllegalStateException("the rehearsal failed", error);
        }
    }

    /** Looks for a class of a function where there is none. */
    private static void missClass() throws Exception {
        try (CodeClassLoader loader = new CodeClassLoader(ClassPath.of("/nowhere", "/nowhere"))) {
            HandlerClass.load(HandlerName.parse("nowhere.Nothing::nothing"), loader, "/nowhere");
        } catch (LoadingFailed expected) {
            expected.failure.toJson();
        }
    }

    private static void answer(Answerer answerer, byte[] call) throws InterruptedException {
        Channel channel = new Channel(Link.of(new ByteArrayInputStream(call), OutputStream.nullOutputStream()));
        Endings endings = new Endings(channel, new Output(channel));
        new Serving(channel, answerer, Rehearsal.class.getClassLoader(), new StopOrder(channel, endings));
        CountDownLatch over = new CountDownLatch(1);
        channel.onOver = over::countDown;
        channel.initialized(Map.of("handler", "event"));
        channel.read();
        over.await(LONGEST_SECONDS, TimeUnit.SECONDS);
    }

    private static byte[] call(int kind, List<String> strings, String body) throws IOException {
        byte[] list = Frames.stringList(strings);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        ByteBuffer payload = ByteBuffer.allocate(6 + list.length + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
        payload.put((byte) 1).put((byte) kind).putInt(0).put(list).put(bytes);
        return Frames.frame(Frames.CALL, 1, payload.array());
    }

    /** Stands for user code. */
    public static final class Guest implements HttpHandler {
        /** What such a handler is given. */
        public interface Context {
            String getRequestId();
        }

        /** What it takes and gives. */
        public static final class Person {
            private String name;
            private List<Integer> n;

            public String getName() {
                return name;
            }

            public void setName(String name) {
                this.name = name;
            }

            public List<Integer> getN() {
                return n;
            }

            public void setN(List<Integer> n) {
                this.n = n;
            }
        }

        public Person greet(Person person, Context context) {
            person.setName(person.getName() + context.getRequestId());
            return person;
        }

        public Object fail(Map<String, Object> event) {
            throw new IllegalArgumentException(event.toString());
        }

        @Override
        public void handle(HttpExchange exchange) throws IOException {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        }
    }
}
