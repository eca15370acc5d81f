package gust.runtime.bind;

import gust.runtime.json.JsonException;
import java.lang.reflect.Array;
import java.net.URI;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What a handler gave, as the values that JsonWriter writes. */
public final class ToJson {
    /** Deeper nesting is a ring, or as good as one. */
    private static final int DEEPEST = 512;

    private int depth;

    private ToJson() {}

    /** Throws JsonException for what JSON cannot say, and what getters of user code throw. */
    public static Object convert(Object value) throws Throwable {
        return new ToJson().converted(value);
    }

    private Object converted(Object value) throws Throwable {
        if (value == null || value instanceof String || value instanceof Boolean) return value;
        if (value instanceof Number number) return finite(number);
        if (isText(value)) return value.toString();
        if (value instanceof Date date) return date.getTime();
        if (value instanceof Enum<?> constant) return constant.name();
        if (value instanceof Optional<?> optional) return converted(optional.orElse(null));
        if (++depth > DEEPEST) throw new JsonException("it is nested more than " + DEEPEST + " deep, or has itself in it");
        try {
            return structure(value);
        } finally {
            depth--;
        }
    }

    private Object structure(Object value) throws Throwable {
        if (value instanceof Map<?, ?> map) return object(map);
        if (value instanceof Iterable<?> items) return list(items);
        if (value.getClass().isArray()) return array(value);
        return bean(value);
    }

    private Object object(Map<?, ?> map) throws Throwable {
        Map<String, Object> members = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            members.put(String.valueOf(entry.getKey()), converted(entry.getValue()));
        }
        return members;
    }

    private Object list(Iterable<?> items) throws Throwable {
        List<Object> list = new ArrayList<>();
        for (Object item : items) list.add(converted(item));
        return list;
    }

    private Object array(Object array) throws Throwable {
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < Array.getLength(array); i++) list.add(converted(Array.get(array, i)));
        return list;
    }

    private Object bean(Object value) throws Throwable {
        Class<?> type = value.getClass();
        if (type.getClassLoader() == null) throw new JsonException("a " + type.getName() + " has no form in JSON");
        Map<String, Object> members = new LinkedHashMap<>();
        for (Property property : Properties.of(type).all()) {
            if (property.isReadable()) members.put(property.name, converted(property.get(value)));
        }
        if (members.isEmpty()) throw new JsonException(type.getName() + " has neither getters nor public fields");
        return members;
    }

    private static Number finite(Number number) throws JsonException {
        if (Double.isFinite(number.doubleValue()) || !(number instanceof Double || number instanceof Float)) return number;
        throw new JsonException(number + " is no number of JSON");
    }

    private static boolean isText(Object value) {
        return value instanceof CharSequence
                || value instanceof Character
                || value instanceof UUID
                || value instanceof TemporalAccessor
                || value instanceof URI;
    }
}
