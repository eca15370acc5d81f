package gust.runtime.event;

import gust.runtime.channel.Call;
import gust.runtime.json.JsonWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The `Context` of a handler: whatever interface the handler declares, `com.qcloud.scf.runtime.Context` of the function's
 * own package as a rule; its getters have the fields of SCF's context by their names.
 */
final class Context implements InvocationHandler {
    private final Call call;
    private final Map<String, Object> fields;

    private Context(Call call, Map<String, Object> fields) {
        this.call = call;
        this.fields = fields;
    }

    static Object of(Class<?> type, Call call, Map<String, Object> fields) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new Context(call, fields));
    }

    /** What is the same in every context of a function, by the name of its getter without `get`. */
    static Map<String, Object> fields(Map<?, ?> function, Map<String, String> environment) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("MemoryLimitInMb", function.get("memoryMb"));
        fields.put("TimeLimitInMs", function.get("timeoutMs"));
        fields.put("Environment", JsonWriter.toText(environment));
        fields.put("FunctionName", function.get("name"));
        fields.put("FunctionVersion", function.get("version"));
        fields.put("Namespace", function.get("namespace"));
        fields.put("TencentcloudRegion", function.get("region"));
        fields.put("TencentcloudAppid", function.get("appId"));
        fields.put("TencentcloudUin", function.get("uin"));
        return fields;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        switch (method.getName()) {
            case "getRequestId":
                return call.requestId();
            case "getRemainingTimeInMillis":
                return remaining(method.getReturnType());
            case "toString":
                return fields.toString();
            case "hashCode":
                return System.identityHashCode(proxy);
            case "equals":
                return proxy == arguments[0];
            default:
                if (method.isDefault()) return InvocationHandler.invokeDefault(proxy, method, arguments);
                return field(method);
        }
    }

    private Object field(Method method) {
        String name = method.getName();
        Object value = name.startsWith("get") ? fields.get(name.substring(3)) : null;
        if (value == null) throw new UnsupportedOperationException("the context of a call has no " + name + "()");
        return value instanceof Number number && method.getReturnType() == long.class ? (Object) number.longValue() : value;
    }

    private Object remaining(Class<?> type) {
        long millis = call.remainingMillis();
        return type == int.class ? (Object) (int) Math.min(millis, Integer.MAX_VALUE) : (Object) millis;
    }
}
