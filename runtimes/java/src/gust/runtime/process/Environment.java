package gust.runtime.process;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TimeZone;

/**
 * The environment of user code, as System.getenv and child processes see it. Java reads the process's own once and keeps it
 * for good; that copy is changed here (Add-Opens of the jar's manifest).
 */
public final class Environment {
    /** What programs expect to find whatever a function's owner set. */
    private static final String NEEDED_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final String NEEDED_LANG = "en_US.UTF8";
    /** By these the platform finds processes that left the sandbox's process group. */
    private static final String[] MARKS = {"GUST_SANDBOX", "GUST_INSTALLATION"};
    /** Properties that Java took from the process at its start, and the variables that say what they are for the function. */
    private static final Map<String, String> PROPERTIES = Map.of(
            "java.io.tmpdir", "TMPDIR",
            "user.home", "HOME",
            "user.name", "USER");

    /** Java's own map, keyed by texts as the system has them. */
    private final Map<Object, Object> kept;
    private final Map<String, String> given;

    /** Reads nothing and changes nothing yet. */
    @SuppressWarnings("unchecked") // the field's type is not public; keys and values are made by `entry` alone
    public Environment(Map<?, ?> given) throws ReflectiveOperationException {
        Field field = Class.forName("java.lang.ProcessEnvironment").getDeclaredField("theEnvironment");
        field.setAccessible(true);
        kept = (Map<Object, Object>) field.get(null);
        this.given = new LinkedHashMap<>();
        given.forEach((name, value) -> this.given.put((String) name, (String) value));
    }

    /** What the platform gave. */
    public Map<String, String> given() {
        return given;
    }

    /** Makes the environment and the properties exactly the function's own, with what programs need and the platform's marks. */
    public void enter(String codeRoot) throws ReflectiveOperationException {
        Map<String, String> own = new LinkedHashMap<>(System.getenv());
        Map<String, String> next = new LinkedHashMap<>();
        next.put("PATH", own.getOrDefault("PATH", NEEDED_PATH));
        next.put("LANG", NEEDED_LANG);
        next.putAll(given);
        for (String mark : MARKS) if (own.containsKey(mark)) next.put(mark, own.get(mark));
        kept.clear();
        for (Map.Entry<String, String> variable : next.entrySet()) set(variable.getKey(), variable.getValue());
        PROPERTIES.forEach((property, name) -> {
            if (next.containsKey(name)) System.setProperty(property, next.get(name));
        });
        System.setProperty("user.dir", codeRoot);
        TimeZone.setDefault(TimeZone.getTimeZone(next.getOrDefault("TZ", "UTC")));
    }

    /** Sets variables until the result is closed. */
    public AutoCloseable during(Map<String, String> variables) throws ReflectiveOperationException {
        if (variables.isEmpty()) return () -> {};
        Map<String, String> before = new LinkedHashMap<>();
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            before.put(variable.getKey(), System.getenv(variable.getKey()));
            set(variable.getKey(), variable.getValue());
        }
        return () -> {
            for (Map.Entry<String, String> variable : before.entrySet()) set(variable.getKey(), variable.getValue());
        };
    }

    private void set(String name, String value) throws ReflectiveOperationException {
        Object key = entry("Variable", name);
        if (value == null) kept.remove(key);
        else kept.put(key, entry("Value", value));
    }

    private static Object entry(String kind, String text) throws ReflectiveOperationException {
        Method valueOf = Class.forName("java.lang.ProcessEnvironment$" + kind).getDeclaredMethod("valueOf", String.class);
        valueOf.setAccessible(true);
        return valueOf.invoke(null, text);
    }
}
