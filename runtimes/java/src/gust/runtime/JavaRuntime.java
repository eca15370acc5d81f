package gust.runtime;

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
import gust.runtime.process.Failure;
import gust.runtime.process.LoadingFailed;
import gust.runtime.process.Output;
import gust.runtime.serving.Answerer;
import gust.runtime.serving.Serving;
import gust.runtime.serving.StopOrder;
import java.util.Map;

/**
 * The Java runtime of one sandbox.
 *
 * ready → (PREPARE) prepared → (INIT) loading → serving | failed; (STOP) stopping → ended. An INIT that comes first prepares, too.
 */
final class JavaRuntime {
    private final Channel channel;
    private final Output output;
    private final Endings endings;
    private final StopOrder stop;
    /** What INIT says; null before it is known. */
    private Map<?, ?> init;
    private Environment environment;

    JavaRuntime(Link link) {
        channel = new Channel(link);
        output = new Output(channel);
        endings = new Endings(channel, output);
        stop = new StopOrder(channel, endings);
        channel.onPrepare = this::prepare;
        channel.onInit = this::load;
    }

    /** Says READY; `idle` is what can be done meanwhile. Returns when the platform is gone. */
    void run(Runnable idle) {
        channel.sendJson(Frames.READY, 0, hello());
        start("gust-warm", idle);
        while (channel.read()) continue;
        endings.endWithPlatform();
    }

    /** Makes the process the function's own, without its code. */
    private void prepare(Map<?, ?> message) {
        try {
            init = message;
            output.redirect();
            endings.watch();
            environment = new Environment((Map<?, ?>) init.get("environment"));
            environment.enter((String) init.get("codeRoot"));
        } catch (ReflectiveOperationException changed) {
            throw new IllegalStateException("this Java is not as those that we know", changed);
        }
    }

    /** User code that is being loaded does not keep the channel from being read. */
    private void load(Map<?, ?> message) {
        if (message != null) prepare(message);
        start("init", () -> {
            try {
                endings.setLoading(true);
                serve();
                endLoading();
                channel.initialized(Map.of("handler", init.get("form")));
            } catch (LoadingFailed error) {
                fail(error.failure);
            } catch (Throwable error) {
                fail(Failure.of("code", error));
            }
        });
    }

    private void serve() throws Exception {
        String codeRoot = (String) init.get("codeRoot");
        ClassLoader loader = new CodeClassLoader(ClassPath.of(codeRoot, (String) init.get("layersRoot")));
        Thread.currentThread().setContextClassLoader(loader);
        HandlerName name = HandlerName.parse((String) init.get("handler"));
        Class<?> type = HandlerClass.load(name, loader, codeRoot);
        boolean isHttp = "http".equals(init.get("form"));
        Answerer answerer = isHttp ? new HttpAnswerer(type, name) : new EventAnswerer(type, name, init, environment);
        new Serving(channel, answerer, loader, stop);
    }

    private void fail(Failure failure) {
        endLoading();
        channel.sendJson(Frames.INIT_FAILED, 0, failure.toJson());
    }

    private void endLoading() {
        output.flushCall(null);
        endings.setLoading(false);
    }

    private static Map<String, ?> hello() {
        Runtime.Version version = Runtime.version();
        String text = version.feature() + "." + version.interim() + "." + version.update();
        return Map.of("protocol", 1, "runtime", "java", "version", text, "prepares", true);
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }
}
