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
 * ready → (INIT) loading → serving | failed; (STOP) stopping → ended
 */
final class JavaRuntime {
    private final Channel channel;
    private final Output output;
    private final Endings endings;
    private final StopOrder stop;

    JavaRuntime(Link link) {
        channel = new Channel(link);
        output = new Output(channel);
        endings = new Endings(channel, output);
        stop = new StopOrder(channel, endings);
        channel.onInit = this::load;
    }

    /** Says READY; `idle` is what can be done meanwhile. Returns when the platform is gone. */
    void run(Runnable idle) {
        channel.sendJson(Frames.READY, 0, Map.of("protocol", 1, "runtime", "java", "version", version()));
        start("gust-warm", idle);
        while (channel.read()) continue;
        endings.endWithPlatform();
    }

    /** User code that is being loaded does not keep the channel from being read. */
    private void load(Map<?, ?> init) {
        start("init", () -> {
            try {
                endings.setLoading(true);
                output.redirect();
                endings.watch();
                Environment environment = new Environment((Map<?, ?>) init.get("environment"));
                serve(init, environment);
                sayLoaded(Frames.INITIALIZED, Map.of("handler", init.get("form")));
            } catch (LoadingFailed error) {
                sayLoaded(Frames.INIT_FAILED, error.failure.toJson());
            } catch (Throwable error) {
                sayLoaded(Frames.INIT_FAILED, Failure.of("code", error).toJson());
            }
        });
    }

    private void serve(Map<?, ?> init, Environment environment) throws Exception {
        String codeRoot = (String) init.get("codeRoot");
        environment.enter(codeRoot);
        ClassLoader loader = new CodeClassLoader(ClassPath.of(codeRoot, (String) init.get("layersRoot")));
        Thread.currentThread().setContextClassLoader(loader);
        HandlerName name = HandlerName.parse((String) init.get("handler"));
        Class<?> type = HandlerClass.load(name, loader, codeRoot);
        boolean isHttp = "http".equals(init.get("form"));
        Answerer answerer = isHttp ? new HttpAnswerer(type, name) : new EventAnswerer(type, name, init, environment);
        new Serving(channel, answerer, loader, stop);
    }

    private void sayLoaded(int type, Map<String, ?> message) {
        output.flushCall(null);
        endings.setLoading(false);
        channel.sendJson(type, 0, message);
    }

    private static String version() {
        Runtime.Version version = Runtime.version();
        return version.feature() + "." + version.interim() + "." + version.update();
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }
}
