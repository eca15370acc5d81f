package gust.runtime.bind;

import gust.runtime.json.JsonException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Makes empty objects of classes that handlers ask for, and records. */
final class NewObjects {
    /** What makes the value of a component of a record. */
    interface ComponentConversion {
        Object convert(String name, Object value, Type type) throws Throwable;
    }

    private NewObjects() {}

    static Collection<?> collection(Class<?> type) throws Throwable {
        if (!isAbstract(type)) return (Collection<?>) bean(type);
        for (Collection<?> made : List.of(new ArrayList<>(), new LinkedHashSet<>(), new TreeSet<>(), new ArrayDeque<>())) {
            if (type.isInstance(made)) return made;
        }
        throw cannotMake(type);
    }

    static Map<?, ?> map(Class<?> type) throws Throwable {
        if (!isAbstract(type)) return (Map<?, ?>) bean(type);
        for (Map<?, ?> made : List.of(new LinkedHashMap<>(), new TreeMap<>())) if (type.isInstance(made)) return made;
        throw cannotMake(type);
    }

    static Object bean(Class<?> type) throws Throwable {
        try {
            return made(type.getDeclaredConstructor());
        } catch (NoSuchMethodException | InstantiationException | InaccessibleObjectException none) {
            throw cannotMake(type);
        }
    }

    static Object record(Class<?> type, Map<?, ?> members, ComponentConversion conversion) throws Throwable {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            RecordComponent component = components[i];
            types[i] = component.getType();
            String name = Properties.nameOf(component.getName(), List.of(component, component.getAccessor()));
            values[i] = conversion.convert(name, members.get(name), component.getGenericType());
        }
        return made(type.getDeclaredConstructor(types), values);
    }

    private static Object made(Constructor<?> constructor, Object... values) throws Throwable {
        constructor.setAccessible(true);
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static boolean isAbstract(Class<?> type) {
        return type.isInterface() || Modifier.isAbstract(type.getModifiers());
    }

    private static JsonException cannotMake(Class<?> type) {
        return new JsonException(type.getName() + " cannot be made: it has no constructor without parameters");
    }
}
