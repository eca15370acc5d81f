package gust.runtime.bind;

import gust.runtime.json.JsonException;
import gust.runtime.json.JsonWriter;
import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes of a JSON value (Map, List, String …) what the parameter of a handler is declared as. */
public final class FromJson {
    /** Where in the event it is: `.people[3].name`. */
    private final StringBuilder place = new StringBuilder();

    private FromJson() {}

    /** Throws JsonException where the value does not fit, and what constructors and setters of user code throw. */
    public static Object convert(Object value, Type type) throws Throwable {
        return new FromJson().converted(value, type);
    }

    private Object converted(Object value, Type type) throws Throwable {
        Class<?> raw = rawClass(type);
        if (raw == Optional.class) return Optional.ofNullable(converted(value, argument(type, 0)));
        if (value == null) return nothing(raw);
        if (raw == Object.class) return value;
        if (Scalars.isScalar(raw)) return scalar(value, raw);
        if (raw.isArray()) return array(list(value, raw), componentOf(type));
        if (Collection.class.isAssignableFrom(raw)) return collection(list(value, raw), raw, type);
        if (!(value instanceof Map<?, ?> members)) throw mismatch(value, raw);
        if (Map.class.isAssignableFrom(raw)) return map(members, raw, type);
        return raw.isRecord() ? record(members, raw) : bean(members, raw);
    }

    private Object nothing(Class<?> raw) throws JsonException {
        if (raw.isPrimitive()) throw new JsonException("null" + placed() + " is no " + raw.getName());
        return null;
    }

    private Object scalar(Object value, Class<?> raw) throws JsonException {
        if (raw == String.class && !(value instanceof String)) return JsonWriter.toText(value);
        Object fitting = Scalars.fit(value, raw);
        if (fitting == null) throw mismatch(value, raw);
        return fitting;
    }

    private Object array(List<?> items, Type component) throws Throwable {
        Object array = Array.newInstance(rawClass(component), items.size());
        for (int i = 0; i < items.size(); i++) Array.set(array, i, at("[" + i + "]", items.get(i), component));
        return array;
    }

    private Object collection(List<?> items, Class<?> raw, Type type) throws Throwable {
        @SuppressWarnings("unchecked") // a new one, which takes anything
        Collection<Object> collection = (Collection<Object>) NewObjects.collection(raw);
        Type element = argument(type, 0);
        for (int i = 0; i < items.size(); i++) collection.add(at("[" + i + "]", items.get(i), element));
        return collection;
    }

    private Object map(Map<?, ?> members, Class<?> raw, Type type) throws Throwable {
        @SuppressWarnings("unchecked") // a new one, which takes anything
        Map<Object, Object> map = (Map<Object, Object>) NewObjects.map(raw);
        Type key = argument(type, 0);
        Type element = argument(type, 1);
        for (Map.Entry<?, ?> member : members.entrySet()) {
            String name = (String) member.getKey();
            map.put(at("." + name, name, key), at("." + name, member.getValue(), element));
        }
        return map;
    }

    private Object bean(Map<?, ?> members, Class<?> raw) throws Throwable {
        Object bean = NewObjects.bean(raw);
        Properties properties = Properties.of(raw);
        for (Map.Entry<?, ?> member : members.entrySet()) {
            Property property = properties.find((String) member.getKey());
            if (property == null || !property.isSettable()) continue; // events have more than a function asks for
            if (member.getValue() == null && rawClass(property.type()).isPrimitive()) continue; // keeps what it is
            property.set(bean, at("." + property.name, member.getValue(), property.type()));
        }
        return bean;
    }

    private Object record(Map<?, ?> members, Class<?> raw) throws Throwable {
        return NewObjects.record(raw, members, (name, value, type) -> at("." + name, value, type));
    }

    private Object at(String step, Object value, Type type) throws Throwable {
        int before = place.length();
        place.append(step);
        Object converted = converted(value, type);
        place.setLength(before);
        return converted;
    }

    private List<?> list(Object value, Class<?> raw) throws JsonException {
        if (value instanceof List<?> list) return list;
        throw mismatch(value, raw);
    }

    private JsonException mismatch(Object value, Class<?> raw) {
        String text = JsonWriter.toText(value);
        String shown = text.length() > 100 ? text.substring(0, 100) + "…" : text;
        return new JsonException(shown + placed() + " is no " + raw.getName());
    }

    private String placed() {
        return place.length() == 0 ? "" : " at " + place;
    }

    private static Type argument(Type type, int index) {
        if (!(type instanceof ParameterizedType parameterized)) return Object.class;
        Type[] arguments = parameterized.getActualTypeArguments();
        return index < arguments.length ? arguments[index] : Object.class;
    }

    private static Type componentOf(Type type) {
        return type instanceof GenericArrayType array ? array.getGenericComponentType() : rawClass(type).getComponentType();
    }

    static Class<?> rawClass(Type type) {
        if (type instanceof Class<?> raw) return raw;
        if (type instanceof ParameterizedType parameterized) return rawClass(parameterized.getRawType());
        if (type instanceof WildcardType wildcard) return rawClass(wildcard.getUpperBounds()[0]);
        if (type instanceof TypeVariable<?> variable) return rawClass(variable.getBounds()[0]);
        return rawClass(((GenericArrayType) type).getGenericComponentType()).arrayType();
    }
}
