package gust.runtime.event;

import gust.runtime.bind.FromJson;
import gust.runtime.bind.ToJson;
import gust.runtime.channel.Call;
import gust.runtime.handler.HandlerMethod;
import gust.runtime.json.JsonException;
import gust.runtime.json.JsonReader;
import gust.runtime.json.JsonWriter;
import gust.runtime.process.Failure;
import gust.runtime.process.LoadingFailed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The method that answers events: `()`, `(T)`, `(T, Context)`, or on bytes `(InputStream, OutputStream)` with a `Context`
 * or without. T is whatever JSON can be made into.
 */
final class EventHandler {
    private final Object owner;
    private final Method method;
    private final Class<?>[] types;
    private final boolean takesStreams;

    /** Throws when the method's parameters are none that we can give. */
    EventHandler(Object owner, Method method) throws LoadingFailed {
        this.owner = owner;
        this.method = method;
        types = method.getParameterTypes();
        takesStreams = types.length >= 2 && types[0] == InputStream.class && types[1] == OutputStream.class;
        int most = takesStreams ? 3 : 2;
        boolean hasContext = types.length < most || types[most - 1].isInterface();
        if (types.length <= most && hasContext) return;
        throw LoadingFailed.handlerMissing("Handler " + HandlerMethod.signature(method) + " of "
                + method.getDeclaringClass().getName() + " cannot be called: its parameters must be (event), (event, Context),"
                + " (InputStream, OutputStream) or (InputStream, OutputStream, Context)");
    }

    /** The result in JSON; null: the call has failed, and is told why. Throws what user code throws. */
    byte[] run(Call call, byte[] event, Map<String, Object> fields) throws Throwable {
        if (takesStreams) return runOnStreams(call, event, fields);
        Object[] arguments = new Object[types.length];
        if (types.length > 0 && !readEvent(call, event, arguments)) return null;
        if (types.length > 1) arguments[1] = Context.of(types[1], call, fields);
        return written(call, invoke(arguments));
    }

    private byte[] runOnStreams(Call call, byte[] event, Map<String, Object> fields) throws Throwable {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        Object[] arguments = new Object[types.length];
        arguments[0] = new ByteArrayInputStream(event);
        arguments[1] = output;
        if (types.length > 2) arguments[2] = Context.of(types[2], call, fields);
        invoke(arguments);
        byte[] result = output.size() == 0 ? new byte[] {'n', 'u', 'l', 'l'} : output.toByteArray();
        try {
            JsonReader.read(new String(result, StandardCharsets.UTF_8));
            return result;
        } catch (JsonException error) {
            return refuseResult(call, error);
        }
    }

    private boolean readEvent(Call call, byte[] event, Object[] arguments) throws Throwable {
        Type type = method.getGenericParameterTypes()[0];
        Object value;
        try {
            value = event.length == 0 ? Map.of() : JsonReader.read(new String(event, StandardCharsets.UTF_8));
        } catch (JsonException error) {
            call.fail(Failure.of("user", "InvalidEvent", "The event is not JSON: " + error.getMessage()));
            return false;
        }
        try {
            arguments[0] = FromJson.convert(value, type);
            return true;
        } catch (JsonException error) {
            String words = "The event is no " + type.getTypeName() + ": " + error.getMessage();
            call.fail(Failure.of("user", "InvalidEvent", words));
            return false;
        }
    }

    private Object invoke(Object[] arguments) throws Throwable {
        try {
            return method.invoke(owner, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static byte[] written(Call call, Object result) throws Throwable {
        try {
            return JsonWriter.toBytes(ToJson.convert(result));
        } catch (JsonException error) {
            return refuseResult(call, error);
        }
    }

    private static byte[] refuseResult(Call call, JsonException error) {
        call.fail(Failure.of("bad-result", "BadResult", "The result is not JSON: " + error.getMessage()));
        return null;
    }
}
