package gust.runtime.event;

import gust.runtime.channel.Call;
import gust.runtime.handler.HandlerClass;
import gust.runtime.handler.HandlerMethod;
import gust.runtime.handler.HandlerName;
import gust.runtime.process.Environment;
import gust.runtime.process.Failure;
import gust.runtime.process.LoadingFailed;
import gust.runtime.serving.Answerer;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Answers events with a method of the function. */
public final class EventAnswerer implements Answerer {
    private final EventHandler handler;
    private final Map<?, ?> function;
    private final Environment environment;
    private final long maxResultBytes;
    private final Map<String, Object> fields;

    public EventAnswerer(Class<?> type, HandlerName name, Map<?, ?> init, Environment environment) throws LoadingFailed {
        Method method = HandlerMethod.find(type, name);
        handler = new EventHandler(Modifier.isStatic(method.getModifiers()) ? null : HandlerClass.make(type), method);
        function = (Map<?, ?>) init.get("function");
        this.environment = environment;
        maxResultBytes = ((Number) init.get("maxResultBytes")).longValue();
        fields = Context.fields(function, environment.given());
    }

    @Override
    public void answer(Call call) throws Throwable {
        byte[] event = call.body.readAllBytes();
        Map<String, String> variables = variablesOf(call);
        byte[] result;
        try (AutoCloseable whileCalled = environment.during(variables)) {
            result = handler.run(call, event, fieldsWith(variables));
        }
        Thread.interrupted(); // user code may leave one behind, and the answer waits for leave to be sent
        if (result == null) return;
        if (result.length <= maxResultBytes) call.end(result);
        else call.fail(Failure.of("result-too-large", "ResponseTooLarge", "body size is too long"));
    }

    private Map<String, Object> fieldsWith(Map<String, String> variables) {
        if (variables.isEmpty()) return fields;
        Map<String, String> all = new LinkedHashMap<>(environment.given());
        all.putAll(variables);
        return Context.fields(function, all);
    }

    /** Variables that hold for a call alone. */
    private static Map<String, String> variablesOf(Call call) {
        List<String> strings = call.strings;
        if (strings.size() < 3) return Map.of();
        Map<String, String> variables = new LinkedHashMap<>();
        for (int i = 1; i + 1 < strings.size(); i += 2) variables.put(strings.get(i), strings.get(i + 1));
        return variables;
    }
}
